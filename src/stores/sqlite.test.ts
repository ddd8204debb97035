import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import { createSetup } from '../accounts/setup.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { testUser } from '../vectors/records.testing.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'
import { openStores, type Stores } from './open.ts'
import { openSqlite } from './sqlite.ts'
import { StoreUnavailable } from './store-unavailable.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'latchkey-stores-'))

// One for each test: `dataDir` is what the program is told, and is not there yet.
let folder = ''
let dataDir = ''
beforeEach(() => {
  folder = newFolder()
  dataDir = join(folder, 'data')
})
afterEach(() => rmSync(folder, { recursive: true }))

const path = (name = 'latchkey.db') => join(dataDir, name)
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

describe('the database file', () => {
  it('is readable by its owner alone, and so is all beside it', async () => {
    const stores = await openStores({ dataDir })
    await stores.users.insert(testUser())
    for (const name of ['latchkey.db', 'latchkey.db-wal', 'latchkey.db-shm']) {
      assert.equal(modeOf(path(name)), '600', name)
    }
    assert.equal(modeOf(dataDir), '700')
    await stores.close()
  })

  it('is closed to others also where it was open before', async () => {
    mkdirSync(dataDir)
    writeFileSync(path(), '', { mode: 0o644 })
    await (await openStores({ dataDir })).close()
    assert.equal(modeOf(path()), '600')
  })

  it('is locked for writing as soon as a transaction begins, for one that reads first would fail later', async () => {
    const db = openSqlite(path())
    const other = new DatabaseSync(path(), { timeout: 0 })
    await db.transaction().execute(async (transaction) => {
      await sql`select 1`.execute(transaction)
      assert.throws(() => other.exec('begin immediate'), /locked/)
    })
    other.exec('begin immediate; rollback')
    other.close()
    await db.destroy()
  })

  it('keeps what was written, and is migrated once', async () => {
    for (const open of [0, 1]) {
      const stores = await openStores({ dataDir })
      await stores.ping()
      assert.equal(await stores.users.insert(testUser()), open === 0)
      await stores.close()
    }
  })

  it('has no token, secret or password in clear (ASVS 6.5.2)', async () => {
    const rig = await openRig({ dataDir })
    const password = 'a plain long sentence'
    const code =
      (await createSetup({ users: rig.stores.users, accounts: rig.accounts }).open()) ?? assert.fail()
    const added = await rig.accounts.add({ username: 'user1', password }, FROM)
    assert.ok(added.kind === 'added')
    const { token } = await rig.signIn(added.user)
    const pair = await rig.signIn(added.user, { carrier: 'bearer', remember: true })
    const first = pair.refresh?.token ?? assert.fail()
    const rotated = await rig.rotate(first, 'bearer', FROM)
    assert.ok(rotated.kind === 'rotated')
    const second = rotated.grant.refresh?.token ?? assert.fail()
    await rig.rotate(first, 'bearer', FROM)
    await rig.close()
    const file = readFileSync(path()).toString('latin1')
    assert.ok(file.includes('user1') && file.includes('$argon2id$') && file.includes(hashSecret(second)))
    // What a refresh token begins with, its sid, names the session and is no secret.
    const parts = [first, second].flatMap((refresh) => refresh.split('.').slice(1))
    for (const access of [token, pair.token, rotated.grant.token]) parts.push(...access.split('.'))
    for (const secret of [password, token, first, second, ...parts, code]) assert.ok(!file.includes(secret))
  })

  it('of a newer version of the program is refused', async () => {
    await (await openStores({ dataDir })).close()
    const database = new DatabaseSync(path())
    database.exec("insert into kysely_migration values ('999_newer', '2030-01-01T00:00:00.000Z')")
    database.close()
    await assert.rejects(openStores({ dataDir }), /999_newer/)
  })

  it('that is no database is refused, and is left as it was', async () => {
    const text = 'x'.repeat(8192)
    mkdirSync(dataDir)
    writeFileSync(path(), text)
    await assert.rejects(openStores({ dataDir }))
    assert.equal(readFileSync(path(), 'utf8'), text)
  })

  it('that lost its tables does not answer, which is an error of its own', async () => {
    const { ping, users, close } = await openStores({ dataDir })
    const database = new DatabaseSync(path())
    database.exec('drop table users')
    database.close()
    await assert.rejects(ping(), StoreUnavailable)
    await assert.rejects(users.any(), StoreUnavailable)
    await close()
  })
})

describe('a user with very many sessions', () => {
  // A script that signs in for each request makes as many in an hour.
  const MANY = 12_000
  const SOME_SESSIONS = `
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${MANY})
    insert into sessions
      (sid, user_id, user_revision, device, address, started_at, last_seen_at, expires_at, ends_at)
      select 'sid-' || n, 'user', 0, '', '', 1, 1, 2000000000, 2000000000 from numbers`

  it('can still be disabled: all of them end', async () => {
    const { sessions, close } = await openStores({ dataDir })
    const database = new DatabaseSync(path())
    database.exec(SOME_SESSIONS)
    database.close()
    try {
      assert.equal(
        (await sessions.endAll('user', 'disabled', 1_800_000_000, { expiringAfter: 0 })).length,
        MANY,
      )
      assert.equal((await sessions.revocations(0)).length, MANY)
    } finally {
      await close()
    }
  })
})

describe('what is about very many rows', () => {
  const ROWS = 3500
  const numbers = (most: number) =>
    `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${most})`
  const sessionsOf = (count: number) => `${numbers(count)} insert into sessions
    (sid, user_id, user_revision, device, address, started_at, last_seen_at, expires_at, ends_at)
    select 'sid-' || n, 'user', 0, '', '', 1, 1, 100, 100 from numbers`
  const ENTRIES = `${numbers(ROWS)} insert into audit (at, event) select n % 100, 'user.added' from numbers`

  async function openedWith(rows: string): Promise<Stores> {
    const stores = await openStores({ dataDir })
    const database = new DatabaseSync(path())
    database.exec(rows)
    database.close()
    return stores
  }

  for (const count of [499, 500, 501, 1000])
    it(`ends all of ${count} sessions of a user`, async () => {
      const { sessions, close } = await openedWith(sessionsOf(count))
      const ended = await sessions.endAll('user', 'disabled', 50, { expiringAfter: 0 })
      assert.equal(new Set(ended.map(({ sid }) => sid)).size, count)
      assert.equal(ended.length, count)
      assert.deepEqual(await sessions.listLive(50), [])
      await close()
    })

  /** How many turns others get while it is under way. */
  async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
    let isOver = false
    let turns = 0
    const others = (async () => {
      for (; !isOver; turns++) await turn()
    })()
    await work()
    isOver = true
    await others
    return turns
  }

  for (const [what, rows, slices, work] of [
    [
      'ending all sessions of a user',
      sessionsOf(ROWS),
      7,
      ({ sessions }: Stores) => sessions.endAll('user', 'disabled', 50, { expiringAfter: 0 }),
    ],
    ['purging sessions', sessionsOf(ROWS), 3, ({ sessions }: Stores) => sessions.purge(101)],
    ['purging the audit log', ENTRIES, 3, ({ audit }: Stores) => audit.purge(100)],
  ] as const)
    it(`lets others go on in between: ${what}`, async () => {
      const stores = await openedWith(rows)
      const turns = await turnsDuring(() => work(stores))
      assert.ok(turns >= slices, `${turns}`)
      assert.deepEqual(await stores.sessions.listLive(50), [])
      assert.deepEqual(await stores.audit.list({}), [])
      await stores.close()
    })
})
