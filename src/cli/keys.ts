import { rm } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { type Config, isShared } from '../config.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { printable } from '../lib/printable.ts'
import { ALGORITHMS, type Algorithm } from '../tokens/algorithms.ts'
import {
  addKeyFile,
  type KeyFile,
  KeyFilesRefused,
  noKeyYet,
  readKeyFiles,
  scanKeyFolder,
} from '../tokens/key-files.ts'
import { decideRetirement, signingOf, signsFrom } from '../tokens/key-life.ts'
import { print, printJson } from './output.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'
import { age, instant, table } from './table.ts'

export function keysCommand(program: Command): void {
  const keys = program.command('keys').description('the keys that sign tokens')
  keys
    .command('generate')
    .description('make a new key; it signs once it has been published for KEY_LEAD')
    .addOption(new Option('--alg <algorithm>', 'what it signs with (default: TOKEN_ALG)').choices(ALGORITHMS))
    .action(generate)
  keys
    .command('list')
    .description('all keys, oldest first')
    .option('--json', 'as JSON, for scripts')
    .action(list)
  keys
    .command('retire <kid>')
    .description('remove a key that has signed its last token')
    .option('--now', 'also one whose tokens may still live: they are refused from now on')
    .action((kid: string, { now }: { now?: boolean }) => retire(keySettings(), kid, now ?? false))
}

type KeyConfig = Config & { keysDir: string }

async function generate({ alg }: { alg?: Algorithm }): Promise<void> {
  const config = keySettings()
  // A bad file is named before a key is added that nobody could start with.
  const before = await readKeyFiles(config.keysDir)
  print(await make(config, alg ?? config.tokenAlg, before.length === 0))
}

/** Adds a key. What there is to say of it. */
async function make(
  { keysDir, keyLeadSeconds }: KeyConfig,
  alg: Algorithm,
  isOnly: boolean,
): Promise<string> {
  const { kid, path } = await addKeyFile(keysDir, alg)
  const signs = isOnly ? 'at once' : `from ${instant(signsFrom({ kid }, keyLeadSeconds), 'second')} on`
  const said = `Made the ${alg} key ${kid} in ${path}. It signs ${signs}.`
  return alg === 'HS256'
    ? `${said}\nHS256 has no public half: apps cannot check tokens of this key by themselves.`
    : said
}

type State = 'published' | 'signing' | 'verifying'

async function list({ json }: { json?: boolean }): Promise<void> {
  const config = keySettings()
  const { keysDir, keyLeadSeconds: lead } = config
  const files = await goodFiles(keysDir)
  if (files.length === 0)
    return json ? printJson([]) : print(isShared(config) ? noKeyYet(keysDir) : firstStartMakesOne(keysDir))
  const now = systemClock.now()
  const keys = files.map(({ key }) => key)
  const signing = signingOf(keys, lead, now)
  const rows = files.map(({ key, madeAt }) => {
    const from = signsFrom(key, lead)
    const waits = key !== signing && from > now
    const state: State = key === signing ? 'signing' : waits && key.published ? 'published' : 'verifying'
    return { kid: key.kid, alg: key.alg, state, made_at: madeAt, signs_from: waits ? from : null }
  })
  if (json) return printJson(rows)
  const cells = rows.map(({ kid, alg, state, made_at, signs_from }) => [
    kid,
    alg,
    state,
    age(now - made_at),
    signs_from === null ? '' : instant(signs_from, 'second'),
  ])
  print(table(['KID', 'ALGORITHM', 'STATE', 'AGE', 'WILL SIGN'], cells))
}

const firstStartMakesOne = (dir: string) => `There is no key in ${dir} yet. The first start makes one.`

export async function retire(
  config: KeyConfig,
  kid: string,
  atOnce: boolean,
  clock: Clock = systemClock,
): Promise<void> {
  const files = await goodFiles(config.keysDir)
  const file = files.find(({ key }) => key.kid === kid)
  if (!file) throw new Refusal(`There is no key ${printable(kid)} in ${config.keysDir}.`)
  const policy = {
    leadSeconds: config.keyLeadSeconds,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
  }
  const keys = files.map(({ key, thereSince }) => ({ kid: key.kid, thereSince }))
  const decision = decideRetirement(keys, file.key, policy, clock.now())
  switch (decision.kind) {
    case 'retire':
      return remove(file, `Retired the key ${kid}.`)
    case 'last':
      if (!atOnce) throw refuseNow('It is the only key. Make another with latchkey keys generate, and wait')
      // The other first: a folder without any key changes nothing, so that a disk not mounted signs nobody out.
      print(await make(config, file.key.alg, true))
      return remove(file, refusedFromNow(kid))
    case 'signing':
      if (!atOnce) throw refuseNow('It signs now. Make another with latchkey keys generate, and wait')
      return remove(file, refusedFromNow(kid))
    case 'tokens-live':
      if (!atOnce)
        throw refuseNow(`What it signed may live until ${instant(decision.until, 'second')}. Retire it then`)
      return remove(file, refusedFromNow(kid))
    default:
      return decision satisfies never
  }
}

const refuseNow = (sentence: string) =>
  new Refusal(
    `${sentence}, or add --now: then its tokens are refused at once, and whoever holds one signs in again.`,
  )

const refusedFromNow = (kid: string) =>
  `Retired the key ${kid}. What it signed is refused from now on, by a running server too.`

async function remove({ path }: KeyFile, said: string): Promise<void> {
  await rm(path)
  print(said)
}

/** A bad file must not keep a key from being retired at once: it is named, and the others are there all the same. */
async function goodFiles(dir: string): Promise<KeyFile[]> {
  const { files = [], problems = [] } = (await scanKeyFolder(dir)) ?? {}
  if (files.length === 0 && problems.length > 0) throw new KeyFilesRefused(problems)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  return files
}

function keySettings(): KeyConfig {
  const config = settings()
  const { keysDir } = config
  if (keysDir === null) throw new Refusal('Keys that are kept in memory cannot be administered.')
  return { ...config, keysDir }
}
