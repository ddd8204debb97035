import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { freePort } from '../free-port.testing.ts'
import { LEFT_OUT, testPostgres, testRedis } from '../stores/services.testing.ts'
import { addUser, type Environment, latchkey, newFolder, serve, until } from './process.testing.ts'

interface Line {
  check: string
  level: 'ok' | 'warning' | 'problem'
  sentence: string
  what_to_do: string | null
}

const doctor = async (folder: string, environment: Environment = {}) => {
  const { code, stdout, stderr } = await latchkey(folder, ['doctor', '--json'], environment)
  return { code, stderr, lines: JSON.parse(stdout) as Line[] }
}
// How fast a store answers is the doing of the machine that the tests run on.
const IS_SLOW = /answers, and takes \d+ ms/
const notOk = (lines: Line[]) =>
  lines.filter(({ level, sentence }) => level !== 'ok' && !IS_SLOW.test(sentence))
const of = (check: string, lines: Line[]) =>
  lines.filter((line) => line.check === check).map(({ level, sentence }) => `${level}: ${sentence}`)

const [postgres, redis] = [await testPostgres(), await testRedis()]

describe('doctor', () => {
  it('finds a server at work well: exit code 0, a line for each look, and nothing to do', async (t) => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const server = await serve(folder)
    t.after(() => server.stop())
    const settings = { PORT: server.port }
    await until('the node has told of itself', async () =>
      of('nodes', (await doctor(folder, settings)).lines)[0]?.includes('One node'),
    )
    const { code, stderr, lines } = await doctor(folder, settings)
    assert.deepEqual(notOk(lines), [])
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(
      [...new Set(lines.map(({ check }) => check))],
      [
        ...['settings', 'data folder', 'database', 'keys', 'secret', 'clocks', 'nodes', 'public url'],
        ...['cookies', 'proxies'],
      ],
    )
    assert.ok(lines.every(({ level, what_to_do }) => (level === 'ok') === (what_to_do === null)))
    assert.deepEqual(of('nodes', lines), [`ok: One node serves: ${hostname()}:${server.port}.`])

    const people = await latchkey(folder, ['doctor'], settings)
    assert.deepEqual([people.code, people.stderr], [0, ''])
    assert.equal(people.stdout.trimEnd().split('\n').length, lines.length)
    assert.match(people.stdout, /^ok {7}settings {5}All settings can be read, and agree with each other\.\n/)

    await server.stop()
    const stopped = await doctor(folder, settings)
    assert.equal(stopped.code, 0, 'a server that is not running is no problem of the set-up')
    assert.deepEqual(of('nodes', stopped.lines), ['ok: No node has told of itself in the last two minutes.'])
    assert.match(of('public url', stopped.lines).join(), /^warning: .*cannot be reached/)
  })

  it('names all that is wrong with a broken set-up: exit code 1, and what to do', async () => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const data = join(folder, 'data')
    chmodSync(join(data, 'latchkey.db'), 0o644)
    chmodSync(data, 0o777)
    const keys = join(data, 'keys')
    mkdirSync(keys)
    copyFileSync(join(data, 'latchkey.db'), join(keys, '01900000-0000-7000-8000-000000000000.pem'))
    const settings = { TOKEN_TTL: 'fortnight', PUBLIC_URL: 'https://127.0.0.1:1' }
    const { code, stderr, lines } = await doctor(folder, settings)
    assert.equal(code, 1)
    const problems = lines.filter(({ level }) => level === 'problem')
    assert.equal(stderr, `The doctor has found ${problems.length} problems.\n`)
    const levels = notOk(lines).map(({ check, level }) => `${level} ${check}`)
    assert.deepEqual(levels, [
      'problem settings',
      ...['problem data folder', 'problem data folder'],
      'problem keys',
      'warning public url',
      'warning proxies',
    ])
    assert.ok(notOk(lines).every(({ what_to_do }) => what_to_do))
    assert.doesNotMatch(JSON.stringify(lines), /fortnight|argon2/)

    const people = await latchkey(folder, ['doctor'], settings)
    assert.equal(people.code, 1)
    assert.match(
      people.stdout,
      /^problem {2}settings {5}TOKEN_TTL must be .*Put it right in the environment/m,
    )
  })

  it('makes nothing where there is nothing', async () => {
    const folder = await newFolder()
    const { code, lines } = await doctor(folder, { PORT: String(await freePort()) })
    assert.equal(code, 0)
    assert.deepEqual(of('data folder', lines), [`warning: DATA_DIR (${folder}/data) is not there yet.`])
    assert.deepEqual(readdirSync(folder), [])
  })

  it('looks at nothing that rests on a setting which cannot be read', async () => {
    const folder = await newFolder()
    const { code, lines } = await doctor(folder, {
      DATABASE_URL: 'mysql://u:hidden@db/x',
      PUBLIC_URL: 'nonsense',
    })
    assert.equal(code, 1)
    assert.deepEqual([...new Set(lines.map(({ check }) => check))], ['settings', 'keys'])
    assert.match(of('keys', lines).join(), /^problem: There is no key .*give every node the same files/)
    assert.doesNotMatch(JSON.stringify(lines), /hidden|nonsense/)
  })

  it('names the node that lacks a key, by its name and that of the key', async (t) => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const ports = [String(await freePort()), String(await freePort())] as const
    const PUBLIC_URL = `http://localhost:${ports[0]}`
    const servers = await Promise.all(
      ports.map((PORT) => serve(folder, { PORT, PUBLIC_URL, KEYS_DIR: join(folder, `keys-${PORT}`) })),
    )
    t.after(() => Promise.all(servers.map((server) => server.stop())))
    const [one, other] = ports.map((port) => `${hostname()}:${port}`)
    const kids = ports.map((port) => readdirSync(join(folder, `keys-${port}`))[0]?.slice(0, -4))
    const settings = { PORT: ports[0], KEYS_DIR: join(folder, `keys-${ports[0]}`) }
    const said = await until('both nodes have told of themselves', async () => {
      const { code, lines } = await doctor(folder, settings)
      return code === 1 ? of('nodes', lines) : null
    })
    assert.deepEqual(
      said.toSorted(),
      [
        `problem: ${other} lacks the key ${kids[0]} that ${one} signs with, and refuses its tokens.`,
        `problem: ${one} lacks the key ${kids[1]} that ${other} signs with, and refuses its tokens.`,
      ].toSorted(),
    )
  })

  it('looks at Postgres and Redis, and says no password', {
    skip: postgres && redis ? false : LEFT_OUT[postgres ? 'redis' : 'postgres'],
  }, async (t) => {
    const folder = await newFolder()
    const [database, sessions] = [new URL(await fresh(postgres)), new URL(await fresh(redis))]
    const settings = {
      DATABASE_URL: database.href,
      REDIS_URL: sessions.href,
      SECRET: 'a secret that is long enough, and known',
      PORT: String(await freePort()),
    }
    const before = await doctor(folder, settings)
    assert.equal(before.code, 1)
    assert.match(of('keys', before.lines).join(), /^problem: There is no key/)
    assert.match(of('database', before.lines).join(), /^warning: Postgres .* has no tables of Latchkey yet/)

    await latchkey(folder, ['keys', 'generate'], settings)
    const server = await serve(folder, settings)
    t.after(() => server.stop())
    const { code, lines } = await doctor(folder, settings)
    assert.equal(code, 0)
    // That Redis writes to a disk is for the operator to see to, and not so in tests.
    assert.deepEqual(
      notOk(lines).filter(({ check }) => check !== 'redis'),
      [],
    )
    assert.match(of('redis', lines).join(), /Redis \d\S* answers.*ok: Redis has an epoch\./)
    const said = JSON.stringify(lines)
    for (const secret of [database.password, sessions.password, settings.SECRET])
      assert.ok(!secret || !said.includes(secret))
  })
})

const fresh = (service: typeof postgres) => service?.fresh() ?? assert.fail()
