import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock } from './lib/clock.ts'
import { readRedisUrl } from './lib/redis-url.ts'
import { openSite } from './nodes.testing.ts'
import { openRedisLink } from './stores/redis-link.ts'
import { proxyTo } from './stores/services/proxy.testing.ts'
import { LEFT_OUT, ownServer, testRedis } from './stores/services.testing.ts'
import { START } from './testing.ts'

const redis = await testRedis()
const fresh = async () => (await redis?.fresh()) ?? ''
const skip = redis ? false : LEFT_OUT.redis

async function sendTo(url: string, ...args: string[]): Promise<unknown> {
  const link = await openRedisLink(readRedisUrl(url) ?? assert.fail())
  try {
    return await link.send(args)
  } finally {
    await link.close()
  }
}

describe('two nodes on one Redis', { skip }, () => {
  it('each knows at once what the other has ended', async (t) => {
    const site = await openSite(t)
    const url = await fresh()
    const [one, two] = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: url })]
    const user = await one.addUser()
    const latencies: number[] = []
    for (let n = 0; n < 60; n++) {
      const [here, there] = n % 2 ? [one, two] : [two, one]
      const { token, claims } = await here.signIn(user)
      assert.equal(await there.status(token), 200)
      await here.end(claims.sid)
      latencies.push(await there.until(token, 401))
    }
    latencies.sort((a, b) => a - b)
    const [median = 0, worst = 0, allButOne = 0] = [latencies[30], latencies.at(-1), latencies.at(-2)]
    t.diagnostic(
      `known to the other node after ${median.toFixed(1)} ms (median), ${worst.toFixed(1)} ms (worst)`,
    )
    assert.ok(median < 200, `${median} ms`)
    // One for a pause of the machine.
    assert.ok(allButOne < 1000, `${allButOne} ms`)
  })

  it('give one successor for one refresh token, shown twenty times at once to both', async (t) => {
    const site = await openSite(t)
    const url = await fresh()
    const nodes = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: url })] as const
    const user = await nodes[0].addUser()
    const first = (await nodes[0].signIn(user, { remember: true })).refresh?.token ?? assert.fail()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => nodes[n % 2 ? 1 : 0].rotate(first)),
    )
    const successors = outcomes.map((outcome) =>
      outcome.kind === 'rotated' ? outcome.grant.refresh?.token : outcome.kind,
    )
    assert.equal(new Set(successors).size, 1)
    assert.match(successors[0] ?? '', /\./)
  })

  it('a displaced refresh token ends the session on both', async (t) => {
    const site = await openSite(t)
    const url = await fresh()
    const [one, two] = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: url })]
    const begun = await one.signIn(await one.addUser(), { remember: true })
    const first = begun.refresh?.token ?? assert.fail()
    const second = await two.rotate(first)
    assert.ok(second.kind === 'rotated' && second.grant.refresh)
    const third = await one.rotate(second.grant.refresh.token)
    assert.equal(third.kind, 'rotated')
    assert.deepEqual(await two.rotate(first), { kind: 'over', reason: 'reuse' })
    await one.until(begun.token, 401)
  })

  it('a request with a token asks Redis nothing', async (t) => {
    const site = await openSite(t)
    // A Redis of its own would tell more exactly: this one counts for all tests that run now.
    const own = await ownServer('redis')
    t.after(() => own?.end())
    const url = own?.url ?? ''
    const node = await site.openNode({ redisUrl: url })
    const { token } = await node.signIn(await node.addUser())
    // It is noted once a minute that a session is in use.
    assert.equal(await node.status(token), 200)
    const count = async () => {
      const said = (await sendTo(url, 'INFO', 'stats')) as string
      return Number(/total_commands_processed:(\d+)/.exec(said)?.[1])
    }
    const before = await count()
    for (let n = 0; n < 1000; n++) assert.equal(await node.status(token), 200)
    const asked = (await count()) - before
    t.diagnostic(`${asked} commands during 1000 requests: those that follow the log`)
    assert.ok(asked < 100, `${asked} commands`)
  })
})

describe('a Redis that was emptied', { skip }, () => {
  it('knows nobody any more: every token of before is refused, also of the very second, and ends stay ended', async (t) => {
    const clock = manualClock(START)
    const site = await openSite(t, clock)
    const url = await fresh()
    const [one, two] = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: url })]
    const user = await one.addUser()
    clock.advance(60)
    const [early, ended] = [await one.signIn(user), await one.signIn(user)]
    await one.end(ended.claims.sid)
    clock.advance(60)
    const late = await one.signIn(user)
    assert.equal(late.claims.iat, clock.now())
    for (const { token } of [early, late]) assert.equal(await two.status(token), 200)
    await sendTo(url, 'FLUSHDB')
    for (const node of [one, two]) for (const { token } of [early, late, ended]) await node.until(token, 401)
    const three = await site.openNode({ redisUrl: url })
    for (const { token } of [early, late, ended]) assert.equal(await three.status(token), 401)
  })

  it('takes those who sign in again, in the very second too', async (t) => {
    const clock = manualClock(START)
    const site = await openSite(t, clock)
    const url = await fresh()
    const [one, two] = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: url })]
    const user = await one.addUser()
    clock.advance(60)
    const epochId = one.deps.revocations.epoch()?.id
    await sendTo(url, 'FLUSHDB')
    for (const node of [one, two]) await node.leavesEpoch(epochId)
    const after = await one.signIn(user)
    assert.equal(after.claims.iat, clock.now() + 2)
    for (const node of [one, two]) assert.equal(await node.status(after.token), 200)
    clock.advance(2)
    const later = await one.signIn(user)
    assert.equal(later.claims.iat, clock.now())
    assert.equal(await two.status(later.token), 200)
  })
})

const own = await ownServer('redis')

describe('a Redis that is stopped', { skip }, () => {
  it('lets those in who are known for five seconds, then nobody; started again empty, none of before', async (t) => {
    const clock = manualClock(START)
    const site = await openSite(t, clock)
    const node = await site.openNode({ redisUrl: own?.url ?? null })
    const user = await node.addUser()
    clock.advance(60)
    const { token } = await node.signIn(user)
    assert.equal(await node.status(token), 200)
    await node.isUpToDate()
    assert.equal(await node.ready(), 200)
    await own?.stop()
    for (const [step, expected] of [
      [0, 200],
      [4, 200],
      [1, 503],
    ] as const) {
      clock.advance(step)
      assert.equal(await node.status(token), expected)
    }
    assert.equal(await node.ready(), 503)
    const epochId = node.deps.revocations.epoch()?.id
    await own?.start()
    await node.until(token, 401)
    await node.leavesEpoch(epochId)
    assert.equal(await node.status(token), 401)
    assert.equal(await node.ready(), 200)
    const again = await node.signIn(user)
    assert.equal(await node.status(again.token), 200)
    const lines = node.logged.map((line) => JSON.parse(line).msg)
    for (const said of ['the revocation log does not answer', 'the revocation log answers again'])
      assert.equal(lines.filter((line) => line === said).length, 1, said)
  })
})

describe('a line to Redis that goes dead without a word', { skip }, () => {
  it('lets in nobody who was signed out elsewhere for longer than five seconds, and catches up', async (t) => {
    const site = await openSite(t)
    const url = await fresh()
    const proxy = await proxyTo(url)
    t.after(() => proxy.close())
    const [one, two] = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: proxy.url })]
    const user = await one.addUser()
    const [ended, live] = [await one.signIn(user), await one.signIn(user)]
    for (const { token } of [ended, live]) assert.equal(await two.status(token), 200)
    assert.equal(await two.ready(), 200)
    proxy.silence(true)
    await one.end(ended.claims.sid)
    const took = await two.until(ended.token, 503)
    t.diagnostic(`refused ${(took / 1000).toFixed(1)} s after it was ended`)
    // Five seconds at most, and then as long as Redis may take to answer.
    assert.ok(took < 12_000, `${took} ms`)
    assert.deepEqual([await one.ready(), await two.ready()], [200, 503])
    proxy.silence(false)
    await two.until(live.token, 200)
    assert.equal(await two.ready(), 200)
    assert.equal(await two.status(ended.token), 401)
  })

  it('that is cut is there again within a moment, and nothing was missed', async (t) => {
    const site = await openSite(t)
    const url = await fresh()
    const proxy = await proxyTo(url)
    t.after(() => proxy.close())
    const [one, two] = [await site.openNode({ redisUrl: url }), await site.openNode({ redisUrl: proxy.url })]
    const { token, claims } = await one.signIn(await one.addUser())
    assert.equal(await two.status(token), 200)
    proxy.cut()
    await one.end(claims.sid)
    assert.ok((await two.until(token, 401)) < 4000)
  })
})
