import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { ErrorReply } from '@redis/client'
import { freePort } from '../free-port.testing.ts'
import { readRedisUrl } from '../lib/redis-url.ts'
import { until } from '../until.testing.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'
import { proxyTo } from './services/proxy.testing.ts'
import { LEFT_OUT, testRedis } from './services.testing.ts'
import { StoreUnavailable } from './store-unavailable.ts'

const redis = await testRedis()
const url = redis?.url ?? ''

async function opened(t: TestContext, at = url): Promise<RedisLink> {
  const link = await openRedisLink(readRedisUrl(at) ?? assert.fail())
  t.after(() => link.close())
  return link
}

async function proxied(t: TestContext) {
  const proxy = await proxyTo(url)
  t.after(() => proxy.close())
  return proxy
}

/** How many milliseconds a promise takes to be refused as it should be. */
async function refusal(promise: Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await assert.rejects(promise, StoreUnavailable)
  return performance.now() - begun
}

async function answers(link: RedisLink): Promise<void> {
  for (let left = 100; left > 0; left--) {
    if ((await link.send(['PING']).catch(() => null)) === 'PONG') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail('it never answered again')
}

describe('a link to Redis', { skip: redis ? false : LEFT_OUT.redis }, () => {
  it('asks and is answered', async (t) => {
    const link = await opened(t)
    assert.equal(await link.send(['PING']), 'PONG')
    assert.equal(await link.send(['ECHO', 'Ünknown \u{1f600}']), 'Ünknown \u{1f600}')
  })

  for (const [what, password] of [
    ['a wrong password', 'wrong-hunter2'],
    ['no password where one is needed', ''],
  ] as const)
    it(`is refused with ${what}, and no error tells it`, async () => {
      const wrong = new URL(url)
      wrong.password = password
      const error = await openRedisLink(readRedisUrl(wrong.href) ?? assert.fail()).catch((thrown) => thrown)
      assert.ok(error instanceof StoreUnavailable)
      assert.match((error.cause as Error).message, /^(WRONGPASS|NOAUTH)/)
      const told = inspect(error, { depth: 9, showHidden: true })
      assert.doesNotMatch(told, /hunter2/)
    })

  for (const where of [
    'redis://:hunter2@localhost',
    'rediss://:hunter2@localhost',
    'rediss://:hunter2@127.0.0.1',
  ])
    it(`is refused at once where nobody listens, and no error tells the password: ${where}`, async () => {
      const address = readRedisUrl(`${where}:${await freePort()}`) ?? assert.fail()
      const error = await openRedisLink(address).catch((thrown) => thrown)
      assert.ok(error instanceof StoreUnavailable)
      assert.match((error.cause as Error).message, /ECONNREFUSED/)
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hunter2/)
    })

  for (const password of ['as it should be', ''])
    it(`is refused within 3 s by what takes connections and says nothing, ${password ? 'with' : 'without'} a password`, async (t) => {
      const proxy = await proxied(t)
      proxy.silence(true)
      const at = new URL(proxy.url)
      at.password = password
      const took = await refusal(openRedisLink(readRedisUrl(at.href) ?? assert.fail()))
      assert.ok(took < 8000, `${took} ms`)
    })

  it('that stalls is refused within 2 s, for all who wait; then at once, until it is there again', async (t) => {
    const proxy = await proxied(t)
    const link = await opened(t, proxy.url)
    proxy.silence(true)
    const first = refusal(link.send(['PING']))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const second = refusal(link.send(['PING']))
    assert.ok((await first) < 5000)
    assert.ok((await second) < 4000)
    for (let i = 0; i < 10; i++) assert.ok((await refusal(link.send(['PING']))) < 1500)
    proxy.silence(false)
    await answers(link)
  })

  it('that is cut refuses who waits at once, and connects again by itself', async (t) => {
    const proxy = await proxied(t)
    const link = await opened(t, proxy.url)
    const waiting = refusal(link.send(['XREAD', 'BLOCK', '5000', 'STREAMS', 'nothing', '$'], 5000))
    await new Promise((resolve) => setTimeout(resolve, 100))
    proxy.cut()
    assert.ok((await waiting) < 4000)
    await refusal(link.send(['PING']))
    await answers(link)
  })

  it('that is asked for nothing is there again all the same', async (t) => {
    const proxy = await proxied(t)
    const link = await opened(t, proxy.url)
    const before = proxy.taken()
    proxy.cut()
    await until('it has connected again', () => proxy.taken() > before)
    await answers(link)
  })

  it('waits longer where it is told to', async (t) => {
    const link = await opened(t)
    const begun = performance.now()
    assert.equal(await link.send(['XREAD', 'BLOCK', '2300', 'STREAMS', 'nothing', '$'], 2300), null)
    assert.ok(performance.now() - begun > 2200)
  })

  it('tells a bug of ours from a Redis that cannot do its work', async (t) => {
    const link = await opened(t, (await redis?.fresh()) ?? '')
    for (const bug of [['NO-SUCH-COMMAND'], ['EVALSHA', '0'.repeat(40), '0'], ['GET']])
      await assert.rejects(link.send(bug), ErrorReply)
    for (const code of ['LOADING', 'OOM', 'MISCONF', 'BUSY', 'READONLY']) {
      const script = `return redis.error_reply('${code} it says')`
      await answers(link)
      await assert.rejects(link.send(['EVAL', script, '0']), StoreUnavailable, code)
    }
  })

  it('that was closed is refused, and does not connect again', async () => {
    const link = await openRedisLink(readRedisUrl(url) ?? assert.fail())
    const waiting = refusal(link.send(['XREAD', 'BLOCK', '5000', 'STREAMS', 'nothing', '$'], 5000))
    await link.close()
    assert.ok((await waiting) < 4000)
    await refusal(link.send(['PING']))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await refusal(link.send(['PING']))
  })
})
