import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const shipped = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const ANYBODY_RUNS = 0o111

// Says each of its arguments on a line of its own.
const STAND_IN = '#!/bin/sh\nprintf "%s\\n" "$@"\n'

describe('latchkey-cli', () => {
  let folder: string
  let service: string
  let shared: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'))
    await mkdir(join(folder, 'etc'))
    await writeFile(join(folder, 'systemd-run'), STAND_IN, { mode: 0o755 })
    const script = await readFile(shipped('latchkey-cli'), 'utf8')
    // The folder where a secret is looked for, and nothing else, is another one here.
    await writeFile(join(folder, 'latchkey-cli'), script.replace('-e "/etc/latchkey/', `-e "${folder}/etc/`))
    await chmod(join(folder, 'latchkey-cli'), 0o755)
    service = await readFile(shipped('latchkey.service'), 'utf8')
    shared = await readFile(shipped('latchkey-shared.conf'), 'utf8')
  })
  after(() => rm(folder, { recursive: true }))

  const give = (...names: string[]) =>
    Promise.all(names.map((name) => writeFile(join(folder, 'etc', name), '')))
  /** What systemd-run is told, word by word. */
  async function told(...args: string[]) {
    const env = { PATH: `${folder}:${process.env.PATH}` }
    const { stdout } = await run(join(folder, 'latchkey-cli'), args, { env })
    const words = stdout.trimEnd().split('\n')
    const after = (option: string) => words.flatMap((word, at) => (words[at - 1] === option ? [word] : []))
    return { words, properties: after('-p'), settings: after('-E') }
  }
  const linesOf = (unit: string, name: string) =>
    unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))

  it('can be run', async () => {
    assert.equal((await stat(shipped('latchkey-cli'))).mode & ANYBODY_RUNS, ANYBODY_RUNS)
  })

  it('hands over what it is asked, word by word', async () => {
    const { words } = await told('users', 'set', 'ada', '--name', 'Ada  Lovelace', '')
    const program = words.indexOf('/opt/latchkey/node_modules/.bin/node')
    assert.deepEqual(words.slice(program + 1), [
      'src/launch.js',
      'users',
      'set',
      'ada',
      '--name',
      'Ada  Lovelace',
    ])
  })

  it('is the service: its user, its folders, its settings', async () => {
    const { words, properties, settings } = await told('users', 'list')
    assert.ok(words.includes(`--uid=${linesOf(service, 'User')}`))
    assert.ok(words.includes(`--working-directory=${linesOf(service, 'WorkingDirectory')}`))
    for (const name of ['UMask', 'EnvironmentFile'])
      assert.ok(properties.includes(`${name}=${linesOf(service, name)}`), name)
    assert.deepEqual(
      settings.map((setting) => `NODE_ENV=production ${setting}`),
      linesOf(service, 'Environment').slice(0, 1),
    )
    const program = words
      .slice(words.indexOf('src/launch.js') - 1)
      .slice(0, 2)
      .join(' ')
    assert.deepEqual(linesOf(service, 'ExecStart'), [`${program} serve`])
  })

  it('has no secret on a machine alone, and without Redis not that of Redis', async () => {
    await rm(join(folder, 'etc'), { recursive: true })
    await mkdir(join(folder, 'etc'))
    const alone = await told('users', 'list')
    assert.deepEqual([alone.properties.length, alone.settings.length], [2, 1])
    await give('secret', 'database-url')
    const { words } = await told('users', 'list')
    assert.ok(words.some((word) => word.includes('database-url')))
    assert.ok(!words.some((word) => /redis/i.test(word)))
  })

  it('is given every secret that several nodes are given, where systemd puts those of this very unit', async () => {
    await give('secret', 'database-url', 'redis-url')
    const { words, properties, settings } = await told('users', 'list')
    const unit = words.find((word) => word.startsWith('--unit='))?.slice('--unit='.length)
    assert.match(unit ?? '', /^latchkey-cli-\d+$/)
    assert.deepEqual(
      properties.filter((property) => property.startsWith('LoadCredential=')),
      linesOf(shared, 'LoadCredential').map((credential) => `LoadCredential=${credential}`),
    )
    assert.deepEqual(
      settings.slice(1),
      linesOf(shared, 'Environment').map((line) => line.replace('%d', `/run/credentials/${unit}.service`)),
    )
  })
})
