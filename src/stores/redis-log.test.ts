import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readRedisUrl } from '../lib/redis-url.ts'
import { quickest } from '../quickest.testing.ts'
import type { LogNews, SessionStore } from '../sessions/session-store.ts'
import { testSession } from '../vectors/records.testing.ts'
import { openRedis } from './redis.ts'
import { openRedisLink } from './redis-link.ts'
import { LEFT_OUT, testRedis } from './services.testing.ts'

const NOW = 1_800_000_000

const redis = await testRedis()

async function opened(t: TestContext) {
  const url = (await redis?.fresh()) ?? ''
  const store = await openRedis(url, { auditKeepSeconds: 86_400, longestTokenLifeSeconds: 900 })
  const link = await openRedisLink(readRedisUrl(url) ?? assert.fail())
  t.after(() => Promise.all([store.close(), link.close()]))
  const { sessions } = store
  const hear = (after: string | null) => awaiting(sessions)(after, NOW)
  /** A session that was just ended. */
  async function end(): Promise<string> {
    const session = testSession()
    await sessions.insert(session)
    await sessions.end(session.sid, 'signed-out', NOW)
    return session.sid
  }
  /** Somebody who follows the log, and all that was heard so far. */
  function follower() {
    const heard: string[] = []
    let place: string | null = null
    return {
      heard,
      async listen(): Promise<LogNews> {
        const news = await hear(place)
        place = news.place
        heard.push(...news.revocations.map(({ sid }) => sid))
        return news
      },
    }
  }
  return { sessions, hear, end, follower, send: (...args: string[]) => link.send(args) }
}

const awaiting = ({ awaitRevocations }: SessionStore) => awaitRevocations ?? assert.fail()

describe('following the revocation log in Redis', { skip: redis ? false : LEFT_OUT.redis }, () => {
  it('begins with all that there is, at once, and goes on from there', async (t) => {
    const { end, follower } = await opened(t)
    const sids = [await end(), await end()]
    const { heard, listen } = follower()
    const { revocations } = await listen()
    assert.deepEqual(revocations[0], { sid: sids[0], reason: 'signed-out', revokedAt: NOW })
    assert.deepEqual(heard, sids)
    sids.push(await end())
    await listen()
    assert.deepEqual(heard, sids)
  })

  it('hears of an end as soon as it is written', async (t) => {
    const { end, follower } = await opened(t)
    const { heard, listen } = follower()
    await listen()
    const sids: string[] = []
    const took = await quickest(async () => {
      const listening = listen()
      sids.push(await end())
      await listening
      // Where it was ended late, on a machine with other work to do.
      while (heard.length < sids.length) await listen()
    })
    assert.deepEqual(heard, sids)
    assert.ok(took < 500, `${took} ms`)
  })

  it('is answered within about a second when there is nothing new', async (t) => {
    const { hear } = await opened(t)
    const { place } = await hear(null)
    const begun = performance.now()
    assert.deepEqual((await hear(place)).revocations, [])
    const took = performance.now() - begun
    assert.ok(took > 900 && took < 4000, `${took} ms`)
  })

  it('hears of more than fit one answer, each once and in their order', async (t) => {
    const { sessions, follower } = await opened(t)
    for (let n = 0; n < 5; n++)
      await Promise.all(Array.from({ length: 500 }, () => sessions.insert(testSession())))
    const ended = await sessions.endAll('user', 'disabled', NOW, { expiringAfter: 0 })
    const { heard, listen } = follower()
    for (let n = 0; n < 3; n++) await listen()
    assert.deepEqual(
      heard,
      ended.map(({ sid }) => sid),
    )
    assert.equal((await sessions.revocations(0)).length, 2500)
  })

  it('says that there is more until it has told all', async (t) => {
    const { follower, send } = await opened(t)
    const entry = `'sid', n, 'reason', 'reuse', 'at', ${NOW}`
    const fill = (n: number) =>
      send('EVAL', `for n = 1, ${n} do redis.call('XADD', 'latchkey:revocations', '*', ${entry}) end`, '0')
    await fill(1999)
    const { heard, listen } = follower()
    for (const [isLast, length] of [
      [false, 1000],
      [true, 1999],
    ] as const) {
      assert.equal((await listen()).isLast, isLast)
      assert.equal(heard.length, length)
    }
    await send('FLUSHDB')
    await fill(1)
    for (const [isLast, length] of [
      [false, 1999],
      [true, 2000],
    ] as const) {
      assert.equal((await listen()).isLast, isLast)
      assert.equal(heard.length, length)
    }
  })

  it('hears of the end of a session that Redis has lost, once, and nobody has ended it', async (t) => {
    const { sessions, follower, send } = await opened(t)
    const { heard, listen } = follower()
    const session = testSession()
    await sessions.insert(session)
    await send('DEL', `latchkey:session:${session.sid}`)
    for (let n = 0; n < 3; n++) assert.equal(await sessions.end(session.sid, 'signed-out', NOW), null)
    await listen()
    assert.deepEqual(heard, [session.sid])
    const kept = (await send('TTL', `latchkey:lost:${session.sid}`)) as number
    assert.ok(kept > 4500 - 30 && kept <= 4500, `${kept} s`)
  })

  it('hears of an end once, also of one that was asked for twice', async (t) => {
    const { sessions, end, follower } = await opened(t)
    const sid = await end()
    assert.equal(await sessions.end(sid, 'signed-out', NOW), null)
    const { heard, listen } = follower()
    await listen()
    assert.deepEqual(heard, [sid])
  })

  it('leaves nothing out that was written while nobody listened', async (t) => {
    const { end, follower } = await opened(t)
    const { heard, listen } = follower()
    const sids = [await end()]
    await listen()
    for (let n = 0; n < 20; n++) sids.push(await end())
    await listen()
    assert.deepEqual(heard, sids)
  })

  it('starts over in another epoch when Redis was emptied', async (t) => {
    const { end, follower, send } = await opened(t)
    const { heard, listen } = follower()
    await end()
    const { epoch: before } = await listen()
    await send('FLUSHDB')
    const after = await end()
    const { epoch } = await listen()
    assert.notEqual(epoch.id, before.id)
    assert.equal(epoch.at, NOW + 2)
    await listen()
    assert.equal(heard.at(-1), after)
    assert.deepEqual((await listen()).epoch, epoch)
  })

  it('notices within about a second that Redis was emptied while it waited', async (t) => {
    const { hear, send } = await opened(t)
    const { epoch, place } = await hear(null)
    const waiting = hear(place)
    await send('FLUSHDB')
    const { place: next } = await waiting
    assert.notEqual((await hear(next)).epoch.id, epoch.id)
  })

  for (const [when, isWritten] of [
    ['and nothing was written since', false],
    ['and something was written since', true],
  ] as const)
    it(`is in another epoch when the log was put back, so that an end was lost, ${when}`, async (t) => {
      const { end, follower, send } = await opened(t)
      const { heard, listen } = follower()
      await end()
      const { epoch: before } = await listen()
      const { dump, restore } = copying(send)
      await dump()
      await end()
      await listen()
      await restore()
      if (isWritten) await end()
      const { epoch } = await listen()
      assert.notEqual(epoch.id, before.id)
      await listen()
      // From the beginning: the first one once more.
      assert.equal(heard[2], heard[0])
    })

  it('is in another epoch when the log is not there any more', async (t) => {
    const { end, follower, send } = await opened(t)
    const { listen } = follower()
    await end()
    const { epoch } = await listen()
    await send('DEL', 'latchkey:revocations')
    assert.notEqual((await listen()).epoch.id, epoch.id)
  })

  it('is in another epoch when all of the log was lost, and something else was written since', async (t) => {
    const { end, follower, send } = await opened(t)
    const { listen } = follower()
    const { dump, restore } = copying(send)
    // There, and empty, as it was once everything in it was trimmed.
    await send('XADD', 'latchkey:revocations', '1-1', 'sid', 'x', 'reason', 'x', 'at', '1')
    await send('XDEL', 'latchkey:revocations', '1-1')
    await dump()
    await end()
    const { epoch } = await listen()
    await restore()
    await end()
    assert.notEqual((await listen()).epoch.id, epoch.id)
  })

  it('is in the same epoch when the log was put back to what was read last', async (t) => {
    const { end, follower, send } = await opened(t)
    const { listen } = follower()
    await end()
    const { epoch } = await listen()
    const { dump, restore } = copying(send)
    await dump()
    await restore()
    assert.deepEqual((await listen()).epoch, epoch)
    await end()
    assert.deepEqual((await listen()).epoch, epoch)
  })

  it('is in the same epoch when what was read last was trimmed, for it was too old to matter', async (t) => {
    const { end, follower, send } = await opened(t)
    const { listen } = follower()
    await send('XADD', 'latchkey:revocations', '1-1', 'sid', 'x', 'reason', 'signed-out', 'at', '1')
    const { epoch } = await listen()
    await send('XTRIM', 'latchkey:revocations', 'MAXLEN', '0')
    assert.deepEqual((await listen()).epoch, epoch)
    await end()
    assert.deepEqual((await listen()).epoch, epoch)
  })
})

/** The log as it is now, and that it is so again later. */
function copying(send: (...args: string[]) => Promise<unknown>) {
  return {
    dump: () => send('COPY', 'latchkey:revocations', 'copy', 'REPLACE'),
    async restore() {
      await send('COPY', 'copy', 'latchkey:revocations', 'REPLACE')
      // The ids in the log count milliseconds; what is written in the same one would get the id of what was lost.
      await setTimeout(2)
    },
  }
}
