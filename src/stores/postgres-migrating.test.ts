import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Kysely } from 'kysely'
import { Client, Pool } from 'pg'
import { openStores } from './open.ts'
import { MigratingPostgresDialect } from './postgres-migrating.ts'
import { freshDatabase, LEFT_OUT, onPostgres, testPostgres } from './services.testing.ts'

const postgres = await testPostgres()
const freshUrl = () => postgres?.fresh() ?? assert.fail()

// The lock is one of the whole database, where other test files migrate too.
const ownDatabase = () => freshDatabase(postgres?.url ?? '')

// Of Kysely: whoever migrates has it.
const LOCK = '3853314791062309107'

/** Another node that hangs in its migration, until the end of the test or until it is told to go on. */
async function hanging(t: TestContext, url: string) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`select pg_advisory_lock(${LOCK})`)
  t.after(() => client.end())
  return {
    /** Waits until somebody waits for it. */
    async isWaitedFor() {
      const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
        and pg_backend_pid() = any(pg_blocking_pids(pid))`
      while ((await client.query(waiting)).rows.length === 0);
    },
    goOn: () => client.query(`select pg_advisory_unlock(${LOCK})`),
  }
}

describe('a start beside a node that hangs in its migration', {
  skip: postgres ? false : LEFT_OUT.postgres,
}, () => {
  it('does not wait for it when nothing is missing', async (t) => {
    const databaseUrl = await ownDatabase()
    await (await openStores({ dataDir: null, databaseUrl })).close()
    await hanging(t, databaseUrl)
    const { ping, close } = await openStores({ dataDir: null, databaseUrl })
    t.after(close)
    await ping()
  })

  it('waits for it when something is missing, says so after 3 s, and goes on when it is done', async (t) => {
    const databaseUrl = await ownDatabase()
    const node = await hanging(t, databaseUrl)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let told = 0
    const opening = openStores({ dataDir: null, databaseUrl }, () => told++)
    await node.isWaitedFor()
    t.mock.timers.tick(2999)
    assert.equal(told, 0)
    t.mock.timers.tick(1)
    assert.equal(told, 1)
    t.mock.timers.reset()
    await node.goOn()
    const { users, close } = await opening
    t.after(close)
    assert.equal(await users.any(), false)
    assert.equal(told, 1)
  })

  it('says nothing when nobody else is at it', async (t) => {
    const databaseUrl = await freshUrl()
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let told = 0
    const { close } = await openStores({ dataDir: null, databaseUrl }, () => told++)
    t.after(close)
    t.mock.timers.tick(10_000)
    await turn()
    assert.equal(told, 0)
  })

  it('is let go of by Postgres when it hangs itself: silent in the middle for a minute, or its machine gone', async (t) => {
    const databaseUrl = await freshUrl()
    const names = [
      ...['idle_in_transaction_session_timeout', 'tcp_keepalives_idle'],
      ...['tcp_keepalives_interval', 'tcp_keepalives_count'],
    ]
    const values = names.map((name) => `current_setting('${name}')`)
    // Whoever writes down a migration has its settings written down too.
    await onPostgres(databaseUrl, (client) =>
      client.query(`
        create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);
        create table seen (settings text[]);
        create function see() returns trigger language plpgsql as $$ begin
          insert into seen values (array[${values}]);
          return null;
        end $$;
        create trigger see after insert on kysely_migration for each statement execute function see()`),
    )
    const { close } = await openStores({ dataDir: null, databaseUrl })
    t.after(close)
    const { rows } = await onPostgres(databaseUrl, (client) =>
      client.query('select distinct settings from seen'),
    )
    assert.deepEqual(rows, [{ settings: ['1min', '10', '10', '3'] }])
  })

  it('is not fooled by the tables of another schema, which has them all', async (t) => {
    const complete = await freshUrl()
    await (await openStores({ dataDir: null, databaseUrl: complete })).close()
    const own = new URL(await freshUrl())
    const [ownSchema, otherSchema] = [own, new URL(complete)].map(
      (url) => url.searchParams.get('options')?.split('=')[1],
    )
    own.searchParams.set('options', `-csearch_path=${ownSchema},${otherSchema}`)
    const { close } = await openStores({ dataDir: null, databaseUrl: own.href })
    t.after(close)
    const { rows } = await onPostgres(own.href, (client) =>
      client.query("select 1 from pg_tables where schemaname = $1 and tablename = 'users'", [ownSchema]),
    )
    assert.equal(rows.length, 1)
  })
})

describe('a start beside another program in the same database', {
  skip: postgres ? false : LEFT_OUT.postgres,
}, () => {
  it('does not mind that it drops a column of its own while we look which tables there are', async (t) => {
    const url = await freshUrl()
    await onPostgres(url, (client) => client.query('create table unrelated (id int, old int)'))
    const pool = new Pool({ connectionString: url, max: 1 })
    const db = new Kysely({ dialect: new MigratingPostgresDialect({ pool }, assert.fail) })
    t.after(() => db.destroy())
    const tables = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (db) => {
        // What it sees from here on is as old as this, so that the column is dropped in the middle of its looking.
        await db.introspection.getTables()
        await onPostgres(url, (client) => client.query('alter table unrelated drop column old'))
        return db.introspection.getTables()
      })
    assert.ok(tables.some(({ name }) => name === 'unrelated'))
  })
})
