import { type Command, Option } from 'commander'
import { addKeyFile, readKeyFiles } from '../tokens/key-files.ts'
import { createKeyRing } from '../tokens/key-ring.ts'
import { ALGORITHMS, type Algorithm } from '../tokens/signing-key.ts'
import { print, printJson } from './output.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'
import { instant, table } from './table.ts'

export function keysCommand(program: Command): void {
  const keys = program.command('keys').description('the keys that sign tokens')
  keys
    .command('generate')
    .description('make a new key')
    .addOption(new Option('--alg <algorithm>', 'what it signs with').choices(ALGORITHMS).default('ES256'))
    .action(generate)
  keys
    .command('list')
    .description('all keys, oldest first')
    .option('--json', 'as JSON, for scripts')
    .action(list)
}

async function generate({ alg }: { alg: Algorithm }): Promise<void> {
  const dir = keysDir()
  // A bad file is named before a key is added that nobody could start with.
  const before = await readKeyFiles(dir)
  const { kid, path } = await addKeyFile(dir, alg)
  print(`Made the ${alg} key ${kid} in ${path}.`)
  if (before.length > 0) print('A server that is running signs with it once it has been restarted.')
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const dir = keysDir()
  const files = await readKeyFiles(dir)
  if (files.length === 0)
    return json ? printJson([]) : print(`There is no key in ${dir} yet. The first start makes one.`)
  const signing = createKeyRing(files.map(({ key }) => key)).signing()
  const keys = files.map(({ key: { kid, alg }, madeAt }) => ({
    kid,
    alg,
    made_at: madeAt,
    signs: kid === signing.kid,
  }))
  if (json) return printJson(keys)
  const rows = keys.map(({ kid, alg, made_at, signs }) => [kid, alg, instant(made_at), signs ? 'yes' : ''])
  print(table(['KID', 'ALGORITHM', 'MADE', 'SIGNS'], rows))
}

function keysDir(): string {
  const { keysDir } = settings()
  if (keysDir === null) throw new Refusal('Keys that are kept in memory cannot be administered.')
  return keysDir
}
