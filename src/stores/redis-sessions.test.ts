import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import { freePort } from '../free-port.testing.ts'
import { newId } from '../lib/ids.ts'
import { readRedisUrl } from '../lib/redis-url.ts'
import { until } from '../until.testing.ts'
import { testSession } from '../vectors/records.testing.ts'
import { openRedis } from './redis.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'
import { proxyTo } from './services/proxy.testing.ts'
import { LEFT_OUT, ownServer, testRedis } from './services.testing.ts'
import { StoreUnavailable } from './store-unavailable.ts'

const NOW = 1_800_000_000
const DAY = 86_400
const KEEPING = { auditKeepSeconds: DAY, longestTokenLifeSeconds: 900 }

const redis = await testRedis()

async function opened(t: TestContext, url?: string) {
  const at = url ?? (await redis?.fresh()) ?? ''
  const store = await openRedis(at, KEEPING)
  const link = await openRedisLink(readRedisUrl(at) ?? assert.fail())
  t.after(() => Promise.all([store.close(), link.close()]))
  return { ...store, link, send: (...args: string[]) => link.send(args) }
}

/** Begins many sessions of one user, some at a time. */
async function many(
  sessions: { insert: (session: ReturnType<typeof testSession>) => Promise<void> },
  n: number,
) {
  for (let at = 0; at < n; at += 500)
    await Promise.all(Array.from({ length: Math.min(500, n - at) }, () => sessions.insert(testSession())))
}

describe('what Redis keeps of sessions', { skip: redis ? false : LEFT_OUT.redis }, () => {
  it('has one prefix, whatever happens', async (t) => {
    const { sessions, send } = await opened(t)
    const session = testSession()
    await sessions.insert(session)
    await sessions.extend(session.sid, NOW + 900, NOW + 1)
    await sessions.end(session.sid, 'signed-out', NOW)
    await sessions.epoch(NOW)
    const keys = (await send('KEYS', '*')) as string[]
    assert.ok(keys.length > 4)
    for (const key of keys) assert.match(key, /^latchkey:/)
  })

  it('goes by itself once a purge would take it, counted from its end', async (t) => {
    const { sessions, send } = await opened(t)
    const session = testSession({ expiresAt: NOW + 300 })
    const keptFor = async () => (await send('TTL', `latchkey:session:${session.sid}`)) as number
    const isAbout = (seconds: number, expected: number) =>
      assert.ok(seconds <= expected && seconds > expected - 30, `${seconds} s, and not ${expected}`)
    await sessions.insert(session)
    isAbout(await keptFor(), DAY + 300)
    await sessions.extend(session.sid, NOW + 1300, NOW + 100)
    isAbout(await keptFor(), DAY + 1200)
    await sessions.touch(session.sid, NOW + 200, NOW + 150)
    isAbout(await keptFor(), DAY + 1200)
    await sessions.end(session.sid, 'signed-out', NOW + 300)
    isAbout(await keptFor(), DAY + 1000)
  })

  it('is kept no shorter when it was over long before it is ended', async (t) => {
    const { sessions, send } = await opened(t)
    const session = testSession({ expiresAt: NOW - 3000 })
    await sessions.insert(session)
    await sessions.end(session.sid, 'signed-out', NOW)
    const kept = (await send('TTL', `latchkey:session:${session.sid}`)) as number
    assert.ok(kept > DAY - 30, `${kept} s`)
  })

  it('leaves nothing behind in any list once it is purged, also when it went by itself before', async (t) => {
    const { sessions, send } = await opened(t)
    const [expired, ended, gone] = [testSession(), testSession(), testSession()]
    for (const session of [expired, ended, gone]) await sessions.insert(session)
    await sessions.end(ended.sid, 'signed-out', NOW)
    await send('DEL', `latchkey:session:${gone.sid}`)
    assert.equal((await sessions.listLive(NOW)).length, 1)
    assert.equal((await sessions.listOver('user', NOW + 400, 10)).length, 2)
    assert.equal((await sessions.endAll('user', 'disabled', NOW, { expiringAfter: NOW + 400 })).length, 0)
    await sessions.purge(NOW + 301)
    assert.deepEqual(await send('KEYS', '*'), ['latchkey:revocations'])
    assert.equal(await send('XLEN', 'latchkey:revocations'), 0)
  })

  it('is purged whole, in slices', async (t) => {
    const { sessions, send } = await opened(t)
    await many(sessions, 1300)
    await sessions.purge(NOW + 301)
    assert.equal(await send('DBSIZE'), 0)
  })

  it('is never overwritten by a second session of one id', async (t) => {
    const { sessions } = await opened(t)
    const session = testSession()
    await sessions.insert(session)
    await assert.rejects(sessions.insert({ ...session, userId: 'other' }))
    assert.deepEqual(await sessions.find(session.sid), session)
  })

  it('forgets revocations by the time of Redis when another one comes, those of an hour and a token life ago', async (t) => {
    const { sessions, send } = await opened(t)
    const [seconds] = (await send('TIME')) as [string]
    const [forgotten, kept] = [4500 + 60, 4500 - 60].map((age) => (Number(seconds) - age) * 1000)
    const log = (at: number | undefined, n: number) =>
      send('XADD', 'latchkey:revocations', `${at}-${n}`, 'sid', newId(), 'reason', 'reuse', 'at', `${NOW}`)
    for (let n = 1; n <= 500; n++) await log(forgotten, n)
    for (let n = 1; n <= 200; n++) await log(kept, n)
    const session = testSession()
    await sessions.insert(session)
    await sessions.end(session.sid, 'signed-out', NOW)
    const left = (await send('XLEN', 'latchkey:revocations')) as number
    // Whole nodes of a hundred entries are let go.
    assert.ok(left >= 201 && left <= 301, `${left} entries`)
  })

  it('is changed by scripts that are handed over again after they were lost', async (t) => {
    const { sessions, send } = await opened(t)
    const session = testSession()
    await sessions.insert(session)
    await send('SCRIPT', 'FLUSH')
    assert.ok(await sessions.extend(session.sid, NOW + 400, NOW))
    await send('SCRIPT', 'FLUSH')
    assert.ok(await sessions.end(session.sid, 'signed-out', NOW))
  })
})

describe('a user with very many sessions in Redis', { skip: redis ? false : LEFT_OUT.redis }, () => {
  const MANY = 10_000

  it('can still be disabled: all of them end, and nobody else waits long meanwhile', async (t) => {
    const { sessions, link } = await opened(t)
    await many(sessions, MANY)
    const waits = pings(link)
    const begun = performance.now()
    const ended = await sessions.endAll('user', 'disabled', NOW, { expiringAfter: 0 })
    const took = performance.now() - begun
    const answered = await waits()
    t.diagnostic(
      `${MANY} sessions ended in ${took.toFixed()} ms; another client was answered ${answered.length} times meanwhile, and waited ${Math.max(...answered).toFixed()} ms at most`,
    )
    assert.equal(new Set(ended.map(({ sid }) => sid)).size, MANY)
    assert.equal((await sessions.revocations(0)).length, MANY)
    assert.equal(await sessions.countLive(NOW), 0)
    // Between any two slices. All at once, which would take 200 ms, nobody would be.
    assert.ok(answered.length > 20, `${answered.length} times`)
  })

  it('is listed from the newest on, up to a limit', async (t) => {
    const { sessions } = await opened(t)
    await many(sessions, 1000)
    const newest = testSession({ startedAt: NOW + 5, endsAt: NOW + 5000 })
    await sessions.insert(newest)
    const all = await sessions.listLive(NOW, 'user')
    assert.equal(all.length, 1001)
    assert.equal(all[0]?.sid, newest.sid)
    assert.deepEqual(await sessions.listLive(NOW, 'user', 102), all.slice(0, 102))
  })

  it('is listed whole however many expired since, those that live being the oldest and the newest', async (t) => {
    const { sessions } = await opened(t)
    const [oldest, newest] = [-5, 5].map((n) => testSession({ startedAt: NOW + n, expiresAt: NOW + 900 }))
    assert.ok(oldest && newest)
    for (const session of [oldest, newest]) await sessions.insert(session)
    await many(sessions, 1000)
    for (const limit of [undefined, 2, 3])
      assert.deepEqual(await sessions.listLive(NOW + 300, 'user', limit), [newest, oldest])
    assert.deepEqual(await sessions.listLive(NOW + 300, 'user', 1), [newest])
  })
})

const isThere = (answer: Promise<void>) =>
  answer.then(
    () => true,
    () => false,
  )

/** Asks again and again how long another client has to wait; the answers, once it is told to stop. */
function pings(link: RedisLink): () => Promise<number[]> {
  let isOver = false
  const waits: number[] = []
  const asking = (async () => {
    while (!isOver) {
      const begun = performance.now()
      await link.send(['PING'])
      waits.push(performance.now() - begun)
    }
  })()
  return async () => {
    isOver = true
    await asking
    return waits
  }
}

const own = await ownServer('redis')

describe('what is read of a user with many sessions', { skip: own ? false : LEFT_OUT.redis }, () => {
  it('is no more than of one with fewer, to list a hundred; and all that expired are passed over', async (t) => {
    const { sessions, send } = await opened(t, own?.url)
    const bytes = async () =>
      Number(/total_net_output_bytes:(\d+)/.exec((await send('INFO', 'stats')) as string)?.[1])
    const cost = async (now: number, live: number) => {
      const before = await bytes()
      assert.equal((await sessions.listLive(now, 'user', 102)).length, live)
      return (await bytes()) - before
    }
    await many(sessions, 600)
    const ofFew = await cost(NOW, 102)
    await many(sessions, 2400)
    const ofMany = await cost(NOW, 102)
    assert.ok(ofMany < 1.2 * ofFew, `${ofMany} bytes, and ${ofFew} with few`)
    await sessions.insert(testSession({ startedAt: NOW + 400, expiresAt: NOW + 900 }))
    const ofOne = await cost(NOW + 400, 1)
    assert.ok(ofOne < ofFew, `${ofOne} bytes for one that lives, and ${ofFew}`)
    await send('FLUSHDB')
  })
})

/** What docs/stores.md tells an operator to allow a user of its own. */
async function recommendedRules(): Promise<string[]> {
  const page = await readFile(new URL('../../docs/stores.md', import.meta.url), 'utf8')
  const [, rules] = /`ACL SETUSER latchkey on >password ([^`]+)`/.exec(page) ?? []
  return rules?.split(' ') ?? assert.fail('docs/stores.md names no user of Redis')
}

describe('a Redis that is not fit', { skip: own ? false : LEFT_OUT.redis }, () => {
  it('may not throw away what it keeps: refused at start, with what to do, and no password', async (t) => {
    const { send } = await opened(t, own?.url)
    for (const [policy, isRefused] of [
      ['allkeys-lru', true],
      ['volatile-ttl', true],
      ['noeviction', false],
    ] as const) {
      await send('CONFIG', 'SET', 'maxmemory-policy', policy)
      const opening = openRedis(own?.url ?? '', KEEPING)
      if (!isRefused) await (await opening).close()
      else
        await assert.rejects(opening, ({ name, message }: Error) => {
          assert.equal(name, 'RedisRefused')
          assert.match(message, new RegExp(`set maxmemory-policy to noeviction \\(it is ${policy}\\)\\.$`))
          return !message.includes(new URL(own?.url ?? '').password)
        })
    }
  })

  it('must let its user ask for the time, or no session could be ended: refused at start', async (t) => {
    const { send } = await opened(t, own?.url)
    const url = new URL(own?.url ?? '')
    Object.assign(url, { username: 'latchkey', password: 'secret' })
    const rules = (await recommendedRules()).filter((rule) => rule !== '+time')
    await send('ACL', 'SETUSER', 'latchkey', 'on', '>secret', ...rules)
    await assert.rejects(openRedis(url.href, KEEPING), {
      name: 'RedisRefused',
      message: /cannot be used: NOPERM .*'time'/,
    })
  })

  it('may have a user that can do what Latchkey does, and not empty it for everybody: the one of docs/stores.md', async (t) => {
    const { send } = await opened(t, own?.url)
    const url = new URL(own?.url ?? '')
    Object.assign(url, { username: 'latchkey', password: 'secret' })
    await send('ACL', 'SETUSER', 'latchkey', 'reset', 'on', '>secret', ...(await recommendedRules()))
    const { sessions, send: sendAsUser } = await opened(t, url.href)
    for (const [dangerous, ...args] of [['FLUSHALL'], ['FLUSHDB'], ['KEYS', '*'], ['CONFIG', 'GET', '*']])
      await assert.rejects(sendAsUser(dangerous ?? '', ...args), ({ cause }: Error) =>
        /NOPERM/.test(`${cause}`),
      )
    const epoch = await sessions.epoch(NOW)
    assert.notEqual((await sessions.renewEpoch(epoch.id, NOW)).id, epoch.id)
    const mark = { id: newId(), at: NOW }
    assert.ok(await sessions.mark(mark, null))
    assert.equal(await sessions.hasLost(mark), false)
    const session = testSession()
    await sessions.insert(session)
    assert.deepEqual(await sessions.listLive(NOW), [session])
    assert.equal(await sessions.countLive(NOW), 1)
    assert.ok(await sessions.extend(session.sid, NOW + 400, NOW))
    await sessions.touch(session.sid, NOW + 90, NOW + 60)
    assert.ok(await sessions.end(session.sid, 'signed-out', NOW))
    assert.equal((await sessions.awaitRevocations?.(null, NOW))?.revocations.length, 1)
    await sessions.purge(NOW + 1000)
    assert.equal(await sessions.find(session.sid), null)
  })

  it('that is full changes nothing, and says that it cannot', async (t) => {
    const { sessions, send } = await opened(t, own?.url)
    const session = testSession()
    await sessions.insert(session)
    await sessions.epoch(NOW)
    await send('CONFIG', 'SET', 'maxmemory', '1')
    await assert.rejects(sessions.end(session.sid, 'signed-out', NOW), StoreUnavailable)
    await assert.rejects(sessions.insert(testSession()), StoreUnavailable)
    assert.deepEqual(await sessions.find(session.sid), session)
    assert.deepEqual(await sessions.revocations(0), [])
    assert.ok(await sessions.epoch(NOW))
    await send('CONFIG', 'SET', 'maxmemory', '0')
    assert.ok(await sessions.end(session.sid, 'signed-out', NOW))
  })

  it('is looked at again at each connection: not used while it may throw away what it keeps', async (t) => {
    const { send } = await opened(t, own?.url)
    const proxy = await proxyTo(own?.url ?? '')
    t.after(() => proxy.close())
    const { sessions } = await opened(t, own?.url)
    const store = await openRedis(proxy.url, KEEPING)
    t.after(() => store.close())
    assert.ok(await sessions.epoch(NOW))
    await send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    proxy.cut()
    const connections = proxy.taken()
    await until('it has connected again', () => proxy.taken() > connections + 1)
    await assert.rejects(store.ping(), ({ name, cause }: Error) => {
      assert.equal(name, 'StoreUnavailable')
      return /maxmemory-policy/.test((cause as Error).message)
    })
    await send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await until('it is there', () => isThere(store.ping()))
  })

  it('is not ready while it takes no writes: as a replica, which nobody is let in by, or full', async (t) => {
    const { send } = await opened(t, own?.url)
    const { sessions, ping } = await opened(t, own?.url)
    await send('CONFIG', 'SET', 'maxmemory', '1')
    await assert.rejects(ping(), StoreUnavailable)
    await send('CONFIG', 'SET', 'maxmemory', '0')
    await ping()
    await send('REPLICAOF', '127.0.0.1', `${await freePort()}`)
    await assert.rejects(openRedis(own?.url ?? '', KEEPING), {
      name: 'RedisRefused',
      message: /is a replica/,
    })
    // The first write finds out, and from then on it is not even asked.
    await assert.rejects(ping(), StoreUnavailable)
    await assert.rejects(sessions.find(newId()), StoreUnavailable)
    await send('REPLICAOF', 'NO', 'ONE')
    await until('it is there', () => isThere(ping()))
    assert.equal(await send('EXISTS', 'latchkey:ping'), 0)
  })

  it('that was started again empty is asked as before', async (t) => {
    const { sessions, ping } = await opened(t, own?.url)
    await sessions.insert(testSession())
    await own?.stop()
    await assert.rejects(ping(), StoreUnavailable)
    await assert.rejects(sessions.find(newId()), StoreUnavailable)
    await own?.start()
    await until('it is there', () => isThere(ping()))
    assert.deepEqual(await sessions.listLive(NOW), [])
    const session = testSession()
    await sessions.insert(session)
    assert.deepEqual(await sessions.find(session.sid), session)
  })
})
