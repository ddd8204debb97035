import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { Client, DatabaseError } from 'pg'
import { newId } from '../lib/ids.ts'
import { testSession, testUser } from '../vectors/records.testing.ts'
import { openStores, type Stores } from './open.ts'
import { freshDatabase, having, LEFT_OUT, onPostgres, testPostgres } from './services.testing.ts'
import { StoreUnavailable } from './store-unavailable.ts'

const NOW = 1_800_000_000
// Long enough for the other's next statement.
const UNDONE_FIRST = 'deadlock_timeout=3s'
const ALL = { expiringAfter: 0 }
const ORDERED = ['-a', '9', 'a-b', 'a.z', 'a_c', 'aa', 'ab', 'éa', 'Éb']

const postgres = await testPostgres()
const freshUrl = () => postgres?.fresh() ?? assert.fail()

async function opened(t: TestContext, databaseUrl?: string) {
  const url = databaseUrl ?? (await freshUrl())
  const stores = await openStores({ dataDir: null, databaseUrl: url })
  t.after(stores.close)
  return { ...stores, url }
}

/** Another who is at work on it. */
async function another(t: TestContext, url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  // So that it is never the one that is undone: Postgres looks once, when somebody has waited for so long.
  await client.query("set deadlock_timeout = '60s'")
  t.after(() => client.end())
  return client
}

describe('Postgres', { skip: postgres ? false : LEFT_OUT.postgres }, () => {
  it('keeps what was written, is migrated once, and lets what others named alike in peace', async (t) => {
    const url = await freshUrl()
    await onPostgres(url, (client) => client.query('create table unrelated (id int)'))
    for (const open of [0, 1]) {
      const stores = await openStores({ dataDir: null, databaseUrl: url })
      await stores.ping()
      assert.equal(await stores.users.insert(testUser()), open === 0)
      await stores.close()
    }
    // In another schema of the same database are the tables of a test before this one.
    const other = await opened(t)
    assert.equal(await other.users.any(), false)
  })

  it('of a newer version of the program is refused', async () => {
    const url = await freshUrl()
    await (await openStores({ dataDir: null, databaseUrl: url })).close()
    await onPostgres(url, (client) =>
      client.query("insert into kysely_migration values ('999_newer', '2030-01-01T00:00:00.000Z')"),
    )
    await assert.rejects(openStores({ dataDir: null, databaseUrl: url }), /999_newer/)
  })

  it('is left as it was when it cannot be brought up to date, and is tried again at the next start', async (t) => {
    const url = await freshUrl()
    await onPostgres(url, (client) => client.query('create table audit (in_the_way int)'))
    await assert.rejects(openStores({ dataDir: null, databaseUrl: url }))
    const tables = await onPostgres(url, async (client) => {
      const { rows } = await client.query(
        'select table_name as name from information_schema.tables where table_schema = current_schema()',
      )
      await client.query('drop table audit')
      return rows.map(({ name }) => name)
    })
    assert.deepEqual(tables.toSorted(), ['audit', 'kysely_migration', 'kysely_migration_lock'])
    assert.equal(await (await opened(t, url)).users.any(), false)
  })

  it('gives whole numbers, also those past 2038', async (t) => {
    const { sessions } = await opened(t)
    const session = testSession({ expiresAt: 2 ** 40, endsAt: 2 ** 41 })
    await sessions.insert(session)
    assert.deepEqual(await sessions.find(session.sid), session)
    assert.equal(await sessions.countLive(NOW), 1)
  })

  it('orders names as SQLite does, whatever the language of the database', async () => {
    const databaseUrl = await freshDatabase(postgres?.url ?? '', "locale_provider icu icu_locale 'en'")
    const inEnglish = await openStores({ dataDir: null, databaseUrl })
    const inSqlite = await openStores({ dataDir: null })
    const lists = []
    for (const { users, close } of [inEnglish, inSqlite]) {
      for (const username of ORDERED) await users.insert(testUser({ username }))
      lists.push((await users.list()).map(({ username }) => username))
      await close()
    }
    assert.deepEqual(lists[0], lists[1])
  })

  it('throws a bug of ours as what it is, and without the row', async (t) => {
    const { sessions } = await opened(t)
    const session = testSession({
      refresh: { salt: 'salt', rotation: 0, currentHash: 'secret-hash', previousHash: null, rotatedAt: 1 },
    })
    await sessions.insert(session)
    for (const bad of [session, testSession({ ...session, sid: newId(), carrier: 'pigeon' as 'cookie' })]) {
      const error = await sessions.insert(bad).catch((error: unknown) => error)
      assert.ok(error instanceof DatabaseError)
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /secret-hash/)
    }
  })

  it('that refuses us does not answer, and the password is told nowhere', async () => {
    const url = new URL(await freshUrl())
    url.password = 'not-the-password'
    const refused = await openStores({ dataDir: null, databaseUrl: url.href }).catch(
      (error: unknown) => error,
    )
    assert.ok(refused instanceof StoreUnavailable)
    assert.match(String(refused.cause), /password authentication failed/)
    assert.doesNotMatch(inspect(refused, { depth: 9, showHidden: true }), /not-the-password/)
  })

  it('that lost its tables does not answer', async (t) => {
    const { users, ping, url } = await opened(t)
    await onPostgres(url, (client) => client.query('drop table users'))
    await assert.rejects(ping(), StoreUnavailable)
    await assert.rejects(users.any(), StoreUnavailable)
  })

  it('that may only be read does not answer to who writes', async (t) => {
    const { users: writable, url } = await opened(t)
    await writable.insert(testUser())
    const { users, ping } = await opened(t, having(url, 'default_transaction_read_only=on'))
    assert.equal(await users.any(), true)
    await assert.rejects(ping(), StoreUnavailable)
    await assert.rejects(users.insert(testUser({ username: 'other' })), StoreUnavailable)
    await assert.rejects(users.delete('x'), StoreUnavailable)
  })

  it('that takes too long over a statement does not answer, and answers the next', async (t) => {
    const { url } = await opened(t)
    const { users, sessions } = await opened(t, having(url, 'lock_timeout=50ms'))
    const client = await another(t, url)
    await client.query('begin; lock table users')
    await assert.rejects(users.any(), StoreUnavailable)
    assert.deepEqual(await sessions.listLive(NOW), [])
    await client.query('rollback')
    assert.equal(await users.any(), false)
  })

  it('undoes a change that is in the way of another, and it is made again', async (t) => {
    const url = await freshUrl()
    const { sessions } = await opened(t, having(url, UNDONE_FIRST))
    const [one, two] = [testSession(), testSession()]
    for (const session of [one, two]) await sessions.insert(session)
    const client = await another(t, url)
    await client.query('begin')
    await client.query('update sessions set last_seen_at = 1 where sid = $1', [two.sid])
    const ended = sessions.endAll('user', 'disabled', NOW, ALL)
    await waiting(client)
    await client.query('update sessions set last_seen_at = 1 where sid = $1', [one.sid])
    await client.query('commit')
    assert.deepEqual((await ended).map(({ sid }) => sid).toSorted(), [one.sid, two.sid].toSorted())
  })

  it('undoes a first account that is in the way of another user, and it is tried again as a whole', async (t) => {
    const url = await freshUrl()
    const { users } = await opened(t, having(url, UNDONE_FIRST))
    await users.setSetupCode('code')
    const client = await another(t, url)
    await client.query('begin')
    await client.query(
      `insert into users (id, username, username_key, role, status, password_hash, revision, created_at)
       values ('cli', 'User1', 'user1', 'user', 'active', 'h', 0, 1)`,
    )
    const first = users.insertFirst(testUser(), 'code')
    await waiting(client)
    await client.query('delete from setup_code')
    await client.query('commit')
    assert.equal(await first, false)
    assert.deepEqual(
      (await users.list()).map(({ id }) => id),
      ['cli'],
    )
  })
})

describe('Postgres, asked about very many rows', { skip: postgres ? false : LEFT_OUT.postgres }, () => {
  const ROWS = 2500
  const SESSIONS = `insert into sessions
    (sid, user_id, user_revision, device, address, started_at, last_seen_at, expires_at, ends_at)
    select 'sid-' || n, 'user', 0, '', '', 1, 1, 100, 100 from generate_series(1, ${ROWS}) n`
  const ENTRIES = `insert into audit (at, event) select n % 100, 'user.added' from generate_series(1, ${ROWS}) n`

  /** From now on a statement that changes more rows of a table than this fails, as one does that takes too long. */
  const allowing = (most: number, change: 'update' | 'delete', table: string) => `
    create function too_many() returns trigger language plpgsql as $$ begin
      if (select count(*) from changed) > ${most} then raise 'too many' using errcode = '57014'; end if;
      return null;
    end $$;
    create trigger too_many after ${change} on ${table}
      referencing old table as changed for each statement execute function too_many()`

  for (const [what, rows, limit, work] of [
    [
      'ends all sessions of a user, however many',
      SESSIONS,
      allowing(500, 'update', 'sessions'),
      ({ sessions }: Stores) => sessions.endAll('user', 'disabled', 50, ALL),
    ],
    [
      'purges sessions, however many',
      SESSIONS,
      allowing(1000, 'delete', 'sessions'),
      ({ sessions }: Stores) => sessions.purge(101),
    ],
    [
      'purges the audit log, however much there is',
      ENTRIES,
      allowing(1000, 'delete', 'audit'),
      ({ audit }: Stores) => audit.purge(100),
    ],
  ] as const)
    it(`${what}, a few with each statement`, async (t) => {
      const { url, ...stores } = await opened(t)
      await onPostgres(url, async (client) => {
        await client.query(rows)
        await client.query(limit)
      })
      await work(stores)
      assert.deepEqual(await stores.sessions.listLive(50), [])
      assert.deepEqual(await stores.audit.list({}), [])
    })

  it('keeps a session that is ended at the moment at which it is purged', async (t) => {
    const { sessions, url } = await opened(t)
    const session = testSession({ expiresAt: NOW - 1 })
    await sessions.insert(session)
    const client = await another(t, url)
    await client.query('begin')
    await client.query("update sessions set ended_at = $1, end_reason = 'signed-out'", [NOW])
    const purged = sessions.purge(NOW)
    await waiting(client)
    await client.query('commit')
    await purged
    assert.equal((await sessions.revocations(0)).length, 1)
  })
})

/** Waits until somebody else waits for a lock. */
async function waiting(client: Client): Promise<void> {
  const { rows } = await client.query(
    'select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
  )
  if (rows.length === 0) await waiting(client)
}
