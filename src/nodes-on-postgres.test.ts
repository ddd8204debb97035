import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Environment, latchkey, newFolder, type Server, serve, until } from './cli/process.testing.ts'
import { freePort } from './free-port.testing.ts'
import { having, LEFT_OUT, onPostgres, ownServer, testPostgres } from './stores/services.testing.ts'
import { GOOD_PASSWORD } from './testing.ts'
import { addKeyFile } from './tokens/key-files.ts'

const postgres = await testPostgres()
const skip = postgres ? false : LEFT_OUT.postgres
const freshUrl = () => postgres?.fresh() ?? assert.fail()

const SECRET = 'forty characters, the same on every node'
const FIRST = { username: 'first', password: GOOD_PASSWORD }

/** The settings that all nodes of one site have, with a key for them. */
async function newSite(databaseUrl: string) {
  const folder = await newFolder()
  const port = String(await freePort())
  const keysDir = join(folder, 'keys')
  await addKeyFile(keysDir, 'ES256')
  const environment: Environment = {
    ...{ DATABASE_URL: databaseUrl, SECRET, KEYS_DIR: keysDir },
    PUBLIC_URL: `http://localhost:${port}`,
  }
  return {
    startNode: () => serve(folder, { ...environment, PORT: port }),
    startAnother: async () => serve(folder, { ...environment, PORT: String(await freePort()) }),
    run: (args: string[]) => latchkey(folder, args, environment),
  }
}

async function codeOf(node: Server): Promise<string> {
  const link = await until('the link is printed', () => node.setupLinks()[0])
  return new URL(link).searchParams.get('code') ?? ''
}

/** What must stand in no log: the password of the database, and the secret. */
function assertKept(databaseUrl: string, ...servers: Server[]): void {
  const { password } = new URL(databaseUrl)
  assert.ok(password.length > 8)
  for (const { said } of servers)
    for (const kept of [password, SECRET]) assert.ok(!(said.stdout + said.stderr).includes(kept), kept)
}

describe('two processes on one Postgres', { skip }, () => {
  let url: string
  let site: Awaited<ReturnType<typeof newSite>>
  let nodes: [Server, Server]
  /** What became of asking each node with the link of each, all at once, to make the first account. */
  let made: Response[]
  before(async () => {
    url = await freshUrl()
    site = await newSite(url)
    nodes = await Promise.all([site.startNode(), site.startAnother()])
    const codes = await Promise.all(nodes.map(codeOf))
    made = await Promise.all(
      nodes.flatMap((node) => codes.map((code) => node.post('/setup', { ...FIRST, code }))),
    )
  })
  after(async () => {
    for (const node of nodes) await node.stop()
  })

  it('that start first and at once migrate it once', async () => {
    const rows = await onPostgres(
      url,
      async (client) => (await client.query('select name from kysely_migration')).rows,
    )
    assert.ok(rows.length > 0)
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
  })

  it('make one first account, with the newest of their links', async () => {
    assert.equal(made.filter(({ status }) => status === 200).length, 1)
    assert.ok(made.every(({ status }) => status === 200 || status === 403 || status === 404))
    assert.equal(JSON.parse((await site.run(['users', 'list', '--json'])).stdout).length, 1)
  })

  it('share sessions: begun on one it is good on the other, ended on the other it is over on both', async () => {
    const [one, other] = nodes
    const cookie = await one.signIn(FIRST.username)
    for (const node of nodes) assert.equal((await node.session(cookie)).status, 200)
    const out = await fetch(`${other.url}/logout`, { method: 'POST', headers: { cookie } })
    assert.equal(out.status, 204)
    assert.equal((await other.session(cookie)).status, 401)
    await until('the other node knows', async () => (await one.session(cookie)).status === 401)
  })

  it('obey a command that ends sessions', async () => {
    const cookie = await nodes[0].signIn(FIRST.username)
    assert.equal((await site.run(['sessions', 'end', '--user', FIRST.username])).code, 0)
    for (const node of nodes)
      await until('the node knows', async () => (await node.session(cookie)).status === 401)
  })

  it('T6: give one successor for a refresh token that both are shown, twenty times at once', async () => {
    const pair = (await (await nodes[0].post('/login', FIRST)).json()) as { refresh_token: string }
    const { refresh_token } = pair
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => nodes[n % 2 ? 1 : 0].post('/token/refresh', { refresh_token })),
    )
    const successors = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { refresh_token: string }).refresh_token),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(successors).size, 1)
    assert.ok(successors[0] && successors[0] !== refresh_token)
  })

  it('have told their logs neither the password of the database nor the secret', () =>
    assertKept(url, ...nodes))
})

describe('a node whose Postgres is stopped', { skip }, () => {
  it('T23: lets nobody in and says so, and goes on by itself when Postgres is back', async () => {
    const database = (await ownServer('postgres')) ?? assert.fail()
    const node = await (await newSite(database.url)).startNode()
    assert.equal((await node.post('/setup', { ...FIRST, code: await codeOf(node) })).status, 200)
    const cookie = await node.signIn(FIRST.username)
    const statusOf = async (path: string) => (await fetch(`${node.url}${path}`)).status
    assert.equal(await statusOf('/readyz'), 200)

    await database.stop()
    for (const path of ['/readyz', '/v1/ping']) assert.equal(await statusOf(path), 503, path)
    assert.equal(await statusOf('/healthz'), 200)
    const refused = await node.post('/signin', FIRST)
    assert.equal(refused.status, 503)
    assert.doesNotMatch(await refused.text(), /postgres|ECONNREFUSED|127\.0\.0\.1/i)
    // For five seconds the last word on ended sessions is new enough; then nobody is known.
    await until('nobody is let in', async () => (await node.session(cookie)).status === 503)

    await database.start()
    await until('it is ready', async () => (await statusOf('/readyz')) === 200)
    await until('who was signed in is known again', async () => (await node.session(cookie)).status === 200)
    assert.equal((await node.post('/signin', FIRST)).status, 200)
    assert.deepEqual(await node.stop(), { code: 0, signal: null })
    assertKept(database.url, node)
    await database.end()
  })
})

describe('a start with DATABASE_URL', { skip }, () => {
  it('makes no key and no secret by itself, and says what to run', async () => {
    const folder = await newFolder()
    const DATABASE_URL = await freshUrl()
    const withoutSecret = await latchkey(folder, ['serve'], { DATABASE_URL })
    assert.equal(withoutSecret.code, 1)
    assert.match(withoutSecret.stderr, /SECRET must be set .* `openssl rand -base64 32`\.\n$/)

    const withoutKey = await latchkey(folder, ['serve'], { DATABASE_URL, SECRET })
    assert.equal(withoutKey.code, 1)
    assert.equal(
      withoutKey.stderr,
      `There is no key in ${join(folder, 'data', 'keys')}: make one with \`npx latchkey keys generate\`, and give every node the same files.\n`,
    )
    assert.match((await latchkey(folder, ['keys', 'list'], { DATABASE_URL, SECRET })).stdout, /keys generate/)
    assert.equal(
      (await latchkey(folder, ['users', 'list'], { DATABASE_URL, SECRET })).stdout,
      'Nobody has an account in the database of DATABASE_URL yet.\n',
    )
    const made = await latchkey(folder, ['keys', 'generate'], { DATABASE_URL, SECRET })
    assert.match(made.stdout, /^Made the ES256 key .* It signs at once\.\n$/)
    const server = await serve(folder, { DATABASE_URL, SECRET, PORT: String(await freePort()) })
    await server.stop()
  })

  it('that takes no first account ends the start, so that it is tried again', async () => {
    const url = await freshUrl()
    const environment = { DATABASE_URL: url, SECRET }
    const folder = await newFolder()
    await latchkey(folder, ['keys', 'generate'], environment)
    await latchkey(folder, ['users', 'list'], environment)
    const { code, stderr } = await latchkey(folder, ['serve'], {
      ...environment,
      DATABASE_URL: having(url, 'default_transaction_read_only=on'),
      PORT: String(await freePort()),
    })
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^The database cannot be used: cannot execute [A-Z]+ in a read-only transaction\.\n$/,
    )
  })

  it('that is refused says why, and not the password', async () => {
    const folder = await newFolder()
    const url = new URL(await freshUrl())
    url.password = 'not-the-password'
    const environment = { DATABASE_URL: url.href, SECRET }
    await latchkey(folder, ['keys', 'generate'], environment)
    for (const command of [['serve'], ['users', 'list']]) {
      const { code, stderr } = await latchkey(folder, command, environment)
      assert.equal(code, 1)
      assert.equal(
        stderr,
        'The database cannot be used: password authentication failed for user "latchkey".\n',
      )
    }
  })
})
