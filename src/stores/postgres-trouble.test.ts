import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import { newId } from '../lib/ids.ts'
import { testUser } from '../vectors/records.testing.ts'
import { openStores } from './open.ts'
import { openPostgres } from './postgres.ts'
import { proxyTo } from './services/proxy.testing.ts'
import { LEFT_OUT, onPostgres, ownServer, testPostgres } from './services.testing.ts'
import { StoreUnavailable } from './store-unavailable.ts'

const postgres = await testPostgres()
const skip = postgres ? false : LEFT_OUT.postgres
const freshUrl = () => postgres?.fresh() ?? assert.fail()

/** Stores on a Postgres behind a network that can break. */
async function behindProxy(t: TestContext) {
  const proxy = await proxyTo(await freshUrl())
  const stores = await openStores({ dataDir: null, databaseUrl: proxy.url })
  t.after(async () => {
    proxy.cut()
    await stores.close()
    await proxy.close()
  })
  return { proxy, ...stores }
}

/** Lets time pass, and what had to wait for it happen. */
async function pass(t: TestContext, milliseconds: number): Promise<void> {
  t.mock.timers.tick(milliseconds)
  await turn()
}

describe('a connection to Postgres', { skip }, () => {
  it('that is dropped while it is idle is used no more, and nobody notices', async (t) => {
    const { proxy, users } = await behindProxy(t)
    await Promise.all([users.any(), users.any(), users.any()])
    const before = proxy.taken()
    proxy.cut()
    // The news is on its way: what is asked meanwhile may still be asked on a connection that is gone.
    while (proxy.taken() === before)
      await users.any().catch((error) => assert.ok(error instanceof StoreUnavailable))
    assert.equal(await users.any(), false)
  })

  it('that is thrown out in the middle of a statement does not answer, and the next one does', async (t) => {
    const url = nobodyElses(await freshUrl())
    const db = openPostgres(url)
    t.after(() => db.destroy())
    const slow = sql`select pg_sleep(60), 'thrown out'`.execute(db)
    const outcome = slow.catch((error: unknown) => error)
    await throwOut(url, "query like '%thrown out%'")
    assert.ok((await outcome) instanceof StoreUnavailable)
    assert.equal((await sql`select 1`.execute(db)).rows.length, 1)
  })

  it('that is thrown out between two statements of a transaction does not answer, and the process lives', async (t) => {
    const url = nobodyElses(await freshUrl())
    const { users, close } = await openStores({ dataDir: null, databaseUrl: url })
    const db = openPostgres(url)
    t.after(() => Promise.all([db.destroy(), close()]))
    const change = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('setup_code').values({ only: 1, hash: 'half of it' }).execute()
      await throwOut(url, "state = 'idle in transaction'")
      await transaction.deleteFrom('users').execute()
    })
    await assert.rejects(change, StoreUnavailable)
    assert.equal(await users.isSetupCode('half of it'), false)
    assert.equal((await sql`select 1`.execute(db)).rows.length, 1)
  })

  it('on which no answer comes is given up after 7 s, closed, and another one is made', async (t) => {
    const { proxy, users } = await behindProxy(t)
    await users.any()
    const before = proxy.taken()
    t.mock.timers.enable({ apis: ['setTimeout'] })
    proxy.silence(true)
    const asked = users.any()
    let isOver = false
    asked
      .catch(() => {})
      .finally(() => {
        isOver = true
      })
    await turn()
    await pass(t, 6999)
    assert.equal(isOver, false)
    await pass(t, 1)
    await assert.rejects(asked, StoreUnavailable)
    t.mock.timers.reset()
    proxy.silence(false)
    assert.equal(await users.any(), false)
    assert.equal(proxy.taken(), before + 1)
  })

  it('that cannot be made is given up after 3 s', async (t) => {
    const { proxy, users } = await behindProxy(t)
    proxy.cut()
    while (
      await users.any().then(
        () => false,
        () => true,
      )
    );
    proxy.silence(true)
    proxy.cut()
    await turn()
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const asked = users.any()
    asked.catch(() => {})
    await turn()
    await pass(t, 3000)
    await assert.rejects(asked, StoreUnavailable)
  })

  it('is one of ten at most, whoever asks', async (t) => {
    const { proxy, users } = await behindProxy(t)
    await Promise.all(Array.from({ length: 60 }, () => users.any()))
    // And one for the migrations.
    assert.ok(proxy.taken() <= 11, `${proxy.taken()}`)
  })
})

describe('a Postgres that is stopped', { skip }, () => {
  it('does not answer, and answers again by itself when it is started', async (t) => {
    const server = (await ownServer('postgres')) ?? assert.fail()
    t.after(() => server.end())
    const stores = await openStores({ dataDir: null, databaseUrl: server.url })
    t.after(stores.close)
    await stores.users.insert(testUser())
    await server.stop()
    for (const ask of [() => stores.ping(), () => stores.users.any(), () => stores.users.insert(testUser())])
      await assert.rejects(ask(), StoreUnavailable)
    await assert.rejects(
      openStores({ dataDir: null, databaseUrl: server.url }),
      (error: StoreUnavailable) => {
        assert.ok(error instanceof StoreUnavailable)
        assert.match(String(error.cause), /ECONNREFUSED/)
        return true
      },
    )
    await server.start()
    await stores.ping()
    assert.deepEqual((await stores.users.list()).length, 1)
  })
})

/** The same URL, by which connections are told from those of other test files, which are on the same server. */
function nobodyElses(url: string): string {
  const own = new URL(url)
  own.searchParams.set('application_name', newId())
  return own.href
}

/** Throws out whoever is at this by that URL, as soon as somebody is. */
async function throwOut(url: string, at: string): Promise<void> {
  await onPostgres(url, async (client) => {
    const find = `select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and application_name = current_setting('application_name') and ${at}`
    while ((await client.query(find)).rows.length === 0);
  })
}
