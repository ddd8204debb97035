import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { openStores } from '../stores/open.ts'
import { START } from '../testing.ts'
import { testSession } from '../vectors/records.testing.ts'
import { createLastSeen } from './last-seen.ts'

/** A session that began at START, and nodes that see it. What is noted is in the store when `seenAt` is awaited. */
async function open(t: TestContext, { nodes = 1 } = {}) {
  const stores = await openStores({ dataDir: null })
  t.after(stores.close)
  const session = testSession({ startedAt: START, lastSeenAt: START, expiresAt: START + 43_200 })
  await stores.sessions.insert(session)
  const clock = manualClock(START)
  const asked: number[] = []
  const touch = (sid: string, now: number, unlessSince: number) => {
    asked.push(now - START)
    return stores.sessions.touch(sid, now, unlessSince)
  }
  const seers = Array.from({ length: nodes }, () => createLastSeen({ store: { touch }, clock }))
  const seenAt = async () => ((await stores.sessions.find(session.sid))?.lastSeenAt ?? 0) - START
  return {
    clock,
    sessions: stores.sessions,
    session,
    asked,
    seenAt,
    see: (node = 0) => seers[node]?.(session.sid),
  }
}

describe('when a session was last seen', () => {
  for (const [age, seen] of [
    [0, 0],
    [59, 0],
    [60, 60],
    [61, 61],
    [3600, 3600],
  ] as const) {
    it(`is noted ${age} s after its sign-in as ${seen} s after it`, async (t) => {
      const { clock, see, seenAt } = await open(t)
      clock.advance(age)
      see()
      assert.equal(await seenAt(), seen)
    })
  }

  it('is written at most once a minute, and the store asked no oftener, whatever the number of requests', async (t) => {
    const { clock, asked, see, seenAt } = await open(t)
    const written = new Set<number>()
    clock.advance(60)
    for (let second = 60; second < 300; second++) {
      for (let request = 0; request < 3; request++) see()
      written.add(await seenAt())
      clock.advance(1)
    }
    assert.deepEqual([...written], [60, 120, 180, 240])
    assert.deepEqual(asked, [60, 120, 180, 240])
  })

  it('is written at most once a minute, whatever the number of nodes', async (t) => {
    const { clock, see, seenAt } = await open(t, { nodes: 2 })
    const written: number[] = []
    for (let second = 0; second < 300; second += 10) {
      see(0)
      see(1)
      written.push(await seenAt())
      clock.advance(10)
    }
    const distinct = [...new Set(written)]
    assert.ok(distinct.length >= 3)
    for (const [index, second] of distinct.entries())
      assert.ok(index === 0 || second - (distinct[index - 1] ?? 0) >= 60, String(distinct))
  })

  for (const [back, seen] of [
    [-59, 600],
    [-60, 600],
    [-600, 600],
  ] as const) {
    it(`does not go back with the clock, ${-back} s, and goes on once it has caught up`, async (t) => {
      const { clock, see, seenAt } = await open(t)
      clock.advance(600)
      see()
      clock.advance(back)
      see()
      assert.equal(await seenAt(), seen)
      clock.advance(-back + 60)
      see()
      assert.equal(await seenAt(), 660)
    })
  }

  it('is noted again after the clock was set back for good, once a refresh has said so', async (t) => {
    const { clock, sessions, session, see, seenAt } = await open(t)
    clock.advance(600)
    see()
    clock.advance(-500)
    await sessions.extend(session.sid, session.expiresAt, clock.now())
    clock.advance(60)
    see()
    assert.equal(await seenAt(), 160)
  })

  it('is nobody’s trouble when it cannot be written, and is tried again in a minute', async (t) => {
    const clock = manualClock(START)
    let asked = 0
    const touch = () => {
      asked++
      return Promise.reject(new Error('the database does not answer'))
    }
    const see = createLastSeen({ store: { touch }, clock })
    const unhandled: unknown[] = []
    const listen = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', listen)
    t.after(() => process.off('unhandledRejection', listen))
    for (const step of [0, 59, 1]) {
      clock.advance(step)
      see('sid')
    }
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(asked, 2)
    assert.deepEqual(unhandled, [])
  })
})
