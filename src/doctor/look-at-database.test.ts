import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test'
import { freePort } from '../free-port.testing.ts'
import { systemClock } from '../lib/clock.ts'
import { openStores } from '../stores/open.ts'
import { having, LEFT_OUT, onPostgres, testPostgres } from '../stores/services.testing.ts'
import { type Database, lookAtDatabase } from './look-at-database.ts'

const NODE = {
  ...{ id: 'id', name: 'web-1:8000', version: '1', publicUrl: 'url', secretPrint: 'print' },
  ...{ kids: ['kid'], signingKid: 'kid', startedAt: 1, seenAt: 1 },
}
const postgres = await testPostgres()

function assertThere(database: Database): asserts database is Extract<Database, { kind: 'there' }> {
  assert.equal(database.kind, 'there', JSON.stringify(database))
}

describe('a look at a SQLite database', () => {
  let dataDir = ''
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  const path = () => join(dataDir, 'latchkey.db')
  const look = (clock = systemClock) => lookAtDatabase({ databaseUrl: null, dataDir }, clock)
  /** Everything in the folder, by its name and what it holds. */
  const contents = () =>
    readdirSync(dataDir).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(dataDir, name)))
        .digest('hex'),
    ])

  it('that is not there makes none', async () => {
    assert.deepEqual(await look(), { kind: 'absent', path: path() })
    assert.deepEqual(readdirSync(dataDir), [])
  })

  it('tells what it is, and who serves, and changes nothing', async () => {
    const stores = await openStores({ dataDir })
    await stores.nodes.put(NODE)
    await stores.close()
    const before = contents()
    const database = await look()
    assertThere(database)
    assert.deepEqual(contents(), before)
    assert.deepEqual(database.migrations, { missing: [], unknown: [] })
    assert.equal(database.nodes[0]?.name, 'web-1:8000')
    assert.ok(Math.abs(database.aheadSeconds) <= 3)
    assert.ok(database.engine.name === 'SQLite' && database.engine.isWal)
  })

  it('sees what a running server has not put into the file itself yet', async (t) => {
    const stores = await openStores({ dataDir })
    t.after(stores.close)
    await stores.nodes.put(NODE)
    const database = await look()
    assertThere(database)
    assert.equal(database.nodes.length, 1)
  })

  it('tells how far our clock is ahead of it', async () => {
    await (await openStores({ dataDir })).close()
    const database = await look({ now: () => systemClock.now() + 100 })
    assertThere(database)
    assert.ok(Math.abs(database.aheadSeconds - 100) <= 3)
  })

  for (const [what, statement, expected] of [
    [
      'lacks a migration',
      "delete from kysely_migration where name = '005_nodes'; drop table nodes",
      'missing',
    ],
    [
      'has one that is not known',
      "insert into kysely_migration values ('999_newer', '2030-01-01T00:00:00.000Z')",
      'unknown',
    ],
  ] as const)
    it(`tells that it ${what}`, async () => {
      await (await openStores({ dataDir })).close()
      const file = new DatabaseSync(path())
      file.exec(statement)
      file.close()
      const database = await look()
      assertThere(database)
      assert.deepEqual(database.migrations, {
        missing: [],
        unknown: [],
        [expected]: [expected === 'missing' ? '005_nodes' : '999_newer'],
      })
      if (expected === 'missing') assert.deepEqual(database.nodes, [])
    })

  it('that has no tables yet is empty, and in another mode than WAL', async () => {
    const file = new DatabaseSync(path())
    file.exec('create table other (id)')
    file.close()
    const database = await look()
    assert.ok(database.kind === 'empty' && database.engine.name === 'SQLite' && !database.engine.isWal)
  })

  it('that is no database does not answer', async () => {
    writeFileSync(path(), 'x'.repeat(8192))
    const database = await look()
    assert.ok(database.kind === 'silent')
    assert.match(database.why, /not a database/)
  })
})

describe('a look at a Postgres database', { skip: postgres ? false : LEFT_OUT.postgres }, () => {
  const look = (databaseUrl: string) => lookAtDatabase({ databaseUrl, dataDir: null }, systemClock)
  const freshUrl = () => postgres?.fresh() ?? assert.fail()
  const tablesOf = (url: string) =>
    onPostgres(url, async (client) => {
      const { rows } = await client.query('select 1 from pg_tables where schemaname = current_schema()')
      return rows.length
    })

  it('tells what it is, and who serves', async () => {
    const url = await freshUrl()
    const stores = await openStores({ dataDir: null, databaseUrl: url })
    await stores.nodes.put(NODE)
    await stores.close()
    const database = await look(url)
    assertThere(database)
    assert.deepEqual(database.migrations, { missing: [], unknown: [] })
    assert.equal(database.nodes[0]?.name, 'web-1:8000')
    assert.ok(Math.abs(database.aheadSeconds) <= 3)
    assert.ok(database.engine.name === 'Postgres' && database.engine.mostConnections > 0)
    assert.match(database.engine.version, /^\d+/)
    assert.equal(database.engine.isReadOnly, false)
    const again = await look(having(url, 'default_transaction_read_only=on'))
    assertThere(again)
    assert.ok(again.engine.name === 'Postgres' && again.engine.isReadOnly)
  })

  it('that has no tables yet is empty, and stays so', async () => {
    const url = await freshUrl()
    assert.equal((await look(url)).kind, 'empty')
    assert.equal(await tablesOf(url), 0)
  })

  it('that does not let us in says so without the password', async () => {
    const url = new URL(await freshUrl())
    url.password = 'not-the-password'
    const database = await look(url.href)
    assert.ok(database.kind === 'silent')
    assert.match(database.why, /password authentication failed/)
    assert.doesNotMatch(JSON.stringify(database), /not-the-password/)
  })

  it('that nobody listens for does not answer', async () => {
    const database = await look(`postgres://u:p@127.0.0.1:${await freePort()}/x`)
    assert.ok(database.kind === 'silent')
    assert.match(database.why, /ECONNREFUSED/)
  })

  it('that hangs up does not answer', async (t: TestContext) => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    assert.equal((await look(`postgres://u:p@127.0.0.1:${port}/x`)).kind, 'silent')
  })
})
