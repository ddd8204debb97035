import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Client } from 'pg'
import { manualClock } from './lib/clock.ts'
import { openSite } from './nodes.testing.ts'
import { proxyTo } from './stores/services/proxy.testing.ts'
import { LEFT_OUT, testPostgres, testRedis } from './stores/services.testing.ts'
import { START } from './testing.ts'

const postgres = await testPostgres()
const redis = await testRedis()
const onPostgres = async () => ({ databaseUrl: (await postgres?.fresh()) ?? assert.fail() })
const onBoth = async () => ({ ...(await onPostgres()), redisUrl: (await redis?.fresh()) ?? assert.fail() })
const withoutPostgres = postgres ? false : LEFT_OUT.postgres
const withoutBoth = withoutPostgres || (redis ? false : LEFT_OUT.redis)

async function connect(t: TestContext, url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  return client
}

async function behindProxy(t: TestContext, url: string) {
  const proxy = await proxyTo(url)
  t.after(() => proxy.close())
  return proxy
}

describe('a revocation that is held in an open Postgres transaction while a later one commits', {
  skip: withoutPostgres,
}, () => {
  it('is still seen by every node, though it commits 60 s late by the clock of the log', async (t) => {
    const clock = manualClock(START)
    const site = await openSite(t, clock)
    const places = await onPostgres()
    const nodes = [await site.openNode(places), await site.openNode(places)] as const
    const user = await nodes[0].addUser()
    const [held, later] = [await nodes[0].signIn(user), await nodes[1].signIn(user)]
    const other = await connect(t, places.databaseUrl)
    await other.query('begin')
    const end = "update sessions set ended_at = $1, end_reason = 'signed-out' where sid = $2"
    await other.query(end, [clock.now(), held.claims.sid])
    clock.advance(1)
    await nodes[1].end(later.claims.sid)
    clock.advance(59)
    for (const node of nodes) {
      await node.until(later.token, 401)
      await node.isUpToDate()
      assert.equal(await node.status(held.token), 200)
    }
    await other.query('commit')
    for (const node of nodes) await node.until(held.token, 401)
    // No loss is seen in what came late.
    for (const node of nodes) assert.equal(node.said('another epoch'), 0)
  })
})

describe('a line to Postgres that goes dead without a word, with sessions in it', {
  skip: withoutPostgres,
}, () => {
  it('lets in nobody who was signed out elsewhere for longer than five seconds, says 503, and catches up', async (t) => {
    const clock = manualClock(START)
    const site = await openSite(t, clock)
    const places = await onPostgres()
    const proxy = await behindProxy(t, places.databaseUrl)
    const [one, cut] = [await site.openNode(places), await site.openNode({ databaseUrl: proxy.url })]
    const user = await one.addUser()
    const [ended, live] = [await one.signIn(user), await one.signIn(user)]
    for (const { token } of [ended, live]) assert.equal(await cut.status(token), 200)
    await cut.isUpToDate()
    assert.equal(await cut.ready(), 200)
    proxy.silence(true)
    await one.end(ended.claims.sid)
    clock.advance(4)
    assert.equal(await cut.status(ended.token), 200)
    clock.advance(1)
    await one.isUpToDate()
    // Each is asked of the store, which does not answer; at the same time, for that is waited for.
    const asked = [cut.status(ended.token), cut.status(live.token), cut.ready()]
    assert.deepEqual(await Promise.all(asked), [503, 503, 503])
    assert.deepEqual([await one.status(live.token), await one.ready()], [200, 200])
    proxy.silence(false)
    proxy.cut()
    await cut.until(live.token, 200)
    assert.equal(await cut.status(ended.token), 401)
    await cut.isUpToDate()
    assert.equal(await cut.ready(), 200)
    assert.equal(cut.said('the revocation log does not answer'), 1)
  })
})

describe('a node whose clock is 2 s off', { skip: withoutBoth }, () => {
  for (const [engine, places] of [
    ['Postgres', onPostgres],
    ['Postgres and Redis', onBoth],
  ] as const)
    for (const off of [-2, 2])
      it(`${off > 0 ? 'ahead' : 'behind'}, on ${engine}: who signs in on one is known on the other at once, and an end on both`, async (t) => {
        const clocks = [manualClock(START), manualClock(START + off)] as const
        const site = await openSite(t, clocks[0])
        const at = await places()
        const [right, wrong] = [await site.openNode(at), await site.openNode(at, clocks[1])]
        const user = await right.addUser()
        // The epoch is two seconds old by each of them.
        for (const clock of clocks) clock.advance(4)
        for (const [here, there] of [
          [right, wrong],
          [wrong, right],
        ] as const) {
          const [ended, pair] = [await here.signIn(user), await here.signIn(user, { remember: true })]
          for (const { token } of [ended, pair]) assert.equal(await there.status(token), 200)
          const next = await there.rotate(pair.refresh?.token ?? '')
          assert.ok(next.kind === 'rotated')
          assert.equal(await here.status(next.grant.token), 200)
          assert.equal((await here.rotate(next.grant.refresh?.token ?? '')).kind, 'rotated')
          await there.end(ended.claims.sid)
          await here.until(ended.token, 401)
          assert.equal(await here.status(pair.token), 200)
        }
        for (const node of [right, wrong]) assert.equal(node.said('another epoch'), 0)
      })

  for (const off of [-2, 2])
    it(`${off > 0 ? 'ahead' : 'behind'} refreshes in the last 30 seconds by its own clock, and the other takes what it gives`, async (t) => {
      const clocks = [manualClock(START), manualClock(START + off)] as const
      const site = await openSite(t, clocks[0])
      const at = await onBoth()
      const [right, wrong] = [await site.openNode(at), await site.openNode(at, clocks[1])]
      for (const clock of clocks) clock.advance(4)
      const { token, claims } = await right.signIn(await right.addUser(), { carrier: 'cookie' })
      const refresh = async (node: typeof right) => {
        const cookie = `__Host-token=${token}`
        const { status, headers } = await node.app.request('/refresh', {
          method: 'POST',
          headers: { cookie },
        })
        return { status, next: /__Host-token=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] }
      }
      const wait = (until: number) => {
        const seconds = until - clocks[1].now()
        for (const clock of clocks) clock.advance(seconds)
      }
      for (const [left, status] of [
        [31, 400],
        [30, 200],
        [1, 200],
      ] as const) {
        wait(claims.exp - left)
        const { next, ...answer } = await refresh(wrong)
        assert.equal(answer.status, status, `${left} s left`)
        if (next) assert.equal(await right.status(next), 200)
      }
      wait(claims.exp)
      assert.equal((await refresh(wrong)).status, 401)
    })
})

describe('a request with a token, on a node on Postgres and Redis', { skip: withoutBoth }, () => {
  it('asks neither of them', async (t) => {
    const site = await openSite(t)
    const at = await onBoth()
    const [users, sessions] = [await behindProxy(t, at.databaseUrl), await behindProxy(t, at.redisUrl)]
    const node = await site.openNode({ databaseUrl: users.url, redisUrl: sessions.url })
    const { token } = await node.signIn(await node.addUser())
    // It is noted once a minute that a session is in use.
    assert.equal(await node.status(token), 200)
    await node.deps.ready()
    const before = [users.asked(), sessions.asked()] as const
    const begun = performance.now()
    for (let n = 0; n < 2000; n++) assert.equal(await node.status(token), 200)
    const seconds = (performance.now() - begun) / 1000
    const asked = [users.asked() - before[0], sessions.asked() - before[1]] as const
    t.diagnostic(
      `2000 requests: Postgres was asked ${asked[0]} times, Redis ${asked[1]} in ${seconds.toFixed(1)} s`,
    )
    assert.equal(asked[0], 0)
    // Each second the log of Redis is read again, by two commands.
    assert.ok(asked[1] <= 2 * (seconds + 1), `${asked[1]} in ${seconds} s`)
  })

  it('on Postgres alone: asks nothing but the log, each 400 ms', async (t) => {
    const site = await openSite(t)
    const { databaseUrl } = await onPostgres()
    const proxy = await behindProxy(t, databaseUrl)
    const node = await site.openNode({ databaseUrl: proxy.url })
    const { token } = await node.signIn(await node.addUser())
    assert.equal(await node.status(token), 200)
    await node.deps.ready()
    const before = proxy.asked()
    const begun = performance.now()
    for (let n = 0; n < 2000; n++) assert.equal(await node.status(token), 200)
    const seconds = (performance.now() - begun) / 1000
    const asked = proxy.asked() - before
    t.diagnostic(`2000 requests: Postgres was asked ${asked} times in ${seconds.toFixed(1)} s`)
    // Two statements for each reading, of up to two pieces each.
    assert.ok(asked <= 4 * (seconds / 0.4 + 1), `${asked} in ${seconds} s`)
  })
})
