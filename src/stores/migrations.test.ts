import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { Kysely, Migrator } from 'kysely'
import { type Client, Pool } from 'pg'
import { testSession, testUser } from '../vectors/records.testing.ts'
import { migrationsIn } from './migrations.ts'
import { openStores, type Stores } from './open.ts'
import { MigratingPostgresDialect } from './postgres-migrating.ts'
import { LEFT_OUT, onPostgres, testPostgres } from './services.testing.ts'
import { POSTGRES_WORDS } from './sql-words.ts'

const NOW = 1_800_000_000
const OLD = readFileSync(new URL('../vectors/database-001.sql', import.meta.url), 'utf8')

const postgres = await testPostgres()

function newFolder(t: TestContext, sql = '') {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-migrations-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const onFile = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(join(dataDir, 'latchkey.db'))
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  if (sql) onFile((database) => database.exec(sql))
  return { dataDir, onFile }
}

/** What makes each table and index, in words one space apart. */
const schemaOf = (database: DatabaseSync) =>
  database
    .prepare('select name, sql from sqlite_schema where sql is not null order by name')
    .all()
    .map(({ name, sql }) => `${name}: ${String(sql).replaceAll(/\s+/g, ' ')}`)

/** A column added later stands after the others, so of a table its columns are compared. */
const columnsOf = (database: DatabaseSync) =>
  database
    .prepare(
      `select t.name as "table", c.name, c.type, c."notnull", c.dflt_value, c.pk
       from pragma_table_list t join pragma_table_info(t.name) c where t.schema = 'main' order by 1, 2`,
    )
    .all()

/** That the rows of version 0.1.0 are what they were. */
async function assertKept({ users, sessions }: Stores): Promise<void> {
  const { passwordHash } = testUser()
  assert.deepEqual(await users.list(), [
    testUser({ id: 'a-user', name: 'Zoë', role: 'admin', revision: 3, passwordHash }),
  ])
  assert.equal(await users.isSetupCode('hash'), true)
  const live = testSession({ sid: 'live', userId: 'a-user', userRevision: 3 })
  const ended = testSession({
    ...{ sid: 'ended', userId: 'a-user', userRevision: 2, device: 'curl', address: '2001:db8::1' },
    ...{ lastSeenAt: NOW + 50, endedAt: NOW + 100, endReason: 'signed-out' },
  })
  assert.deepEqual(await sessions.find('live'), live)
  assert.deepEqual(await sessions.find('ended'), ended)
  assert.deepEqual(await sessions.listLive(NOW), [live])
  assert.deepEqual(await sessions.revocations(0), [
    { sid: 'ended', reason: 'signed-out', revokedAt: NOW + 100 },
  ])
}

describe('a database of version 0.1.0', () => {
  it('keeps its users and sessions, which have no refresh token and are carried by a cookie', async (t) => {
    const { dataDir } = newFolder(t, OLD)
    const stores = await openStores({ dataDir })
    t.after(stores.close)
    await assertKept(stores)
  })

  it('goes on with its sessions: they are refreshed, seen and ended, and new ones have refresh tokens', async (t) => {
    const { dataDir } = newFolder(t, OLD)
    const { sessions, audit, close } = await openStores({ dataDir })
    t.after(close)
    assert.equal((await sessions.extend('live', NOW + 500, NOW + 200))?.expiresAt, NOW + 500)
    const to = { currentHash: 'x', previousHash: null, expiresAt: NOW + 900 }
    assert.equal(await sessions.rotate('live', 0, to, NOW), null)
    assert.ok(await sessions.end('live', 'signed-out', NOW + 201))
    const refresh = { salt: 's', rotation: 0, currentHash: 'c', previousHash: null, rotatedAt: NOW }
    const pair = testSession({ carrier: 'bearer', refresh })
    await sessions.insert(pair)
    assert.equal((await sessions.rotate(pair.sid, 0, to, NOW))?.refresh?.rotation, 1)
    assert.deepEqual(await audit.list({}), [])
  })

  it('has an epoch that no token is older than, and a new one or one without a session has not', async (t) => {
    const withoutSessions = `${OLD} delete from sessions;`
    for (const [sql, at] of [
      [OLD, 0],
      [withoutSessions, NOW],
      ['', NOW],
    ] as const) {
      const { dataDir } = newFolder(t, sql)
      const { sessions, close } = await openStores({ dataDir })
      t.after(close)
      const epoch = await sessions.epoch(NOW)
      assert.equal(epoch.at, at)
      assert.match(epoch.id, /^[\w-]{22}$/)
    }
  })

  it('has the tables that a new one has, once it was opened', async (t) => {
    const [old, fresh] = [newFolder(t, OLD), newFolder(t)]
    for (const { dataDir } of [old, fresh]) await (await openStores({ dataDir })).close()
    assert.deepEqual(old.onFile(schemaOf), fresh.onFile(schemaOf))
    assert.deepEqual(old.onFile(columnsOf), fresh.onFile(columnsOf))
  })

  it('is left as it was when it cannot be brought up to date, and is tried again at the next start', async (t) => {
    const { dataDir, onFile } = newFolder(t, `${OLD} create table audit (in_the_way text);`)
    const before = onFile(schemaOf)
    await assert.rejects(openStores({ dataDir }))
    assert.deepEqual(onFile(schemaOf), before)
    onFile((database) => database.exec('drop table audit'))
    const { sessions, close } = await openStores({ dataDir })
    t.after(close)
    assert.equal((await sessions.listLive(NOW)).length, 1)
  })
})

describe('a Postgres that has had the first migration alone', {
  skip: postgres ? false : LEFT_OUT.postgres,
}, () => {
  const freshUrl = () => postgres?.fresh() ?? assert.fail()

  /** One with the rows of version 0.1.0. */
  async function oldUrl(): Promise<string> {
    const url = await freshUrl()
    const pool = new Pool({ connectionString: url })
    const db = new Kysely({ dialect: new MigratingPostgresDialect({ pool }, () => {}) })
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => migrationsIn(POSTGRES_WORDS) },
      migrationTableSchema: await onPostgres(url, schemaName),
    }).migrateTo('001_cookie_session')
    await db.destroy()
    assert.ifError(error)
    // Values alone, which both engines read.
    await onPostgres(url, (client) => client.query(OLD.slice(OLD.indexOf('INSERT INTO users '))))
    return url
  }

  it('keeps its users and sessions, which have no refresh token and are carried by a cookie', async (t) => {
    const stores = await openStores({ dataDir: null, databaseUrl: await oldUrl() })
    t.after(stores.close)
    await assertKept(stores)
    const { sessions } = stores
    assert.equal((await sessions.epoch(NOW)).at, 0)
    assert.equal((await sessions.extend('live', NOW + 500, NOW + 200))?.expiresAt, NOW + 500)
    assert.ok(await sessions.end('live', 'signed-out', NOW + 201))
  })

  it('has the tables and indexes that a new one has, once it was opened', async () => {
    const [old, fresh] = [await oldUrl(), await freshUrl()]
    const before = await onPostgres(old, tablesOf)
    for (const databaseUrl of [old, fresh]) await (await openStores({ dataDir: null, databaseUrl })).close()
    assert.notDeepEqual(await onPostgres(old, tablesOf), before)
    assert.deepEqual(await onPostgres(old, tablesOf), await onPostgres(fresh, tablesOf))
  })
})

async function schemaName(client: Client): Promise<string> {
  return (await client.query('select current_schema() as name')).rows[0].name
}

/** What there is in this schema: columns in the order in which they were made, checks and keys, indexes. */
async function tablesOf(client: Client): Promise<unknown[][]> {
  const schema = await schemaName(client)
  const asked = [
    `select table_name, column_name, data_type, collation_name, is_nullable, column_default, is_identity
       from information_schema.columns where table_schema = $1 order by table_name, ordinal_position`,
    `select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
       from pg_constraint where connamespace = $1::regnamespace order by 1, 2`,
    `select indexname, replace(indexdef, $1 || '.', '') as made from pg_indexes where schemaname = $1 order by 1`,
  ]
  const found: unknown[][] = []
  for (const question of asked) found.push((await client.query(question, [schema])).rows)
  return found
}
