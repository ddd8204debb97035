import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { manualClock } from './lib/clock.ts'
import { purge, startPurge } from './purge.ts'
import { openStores } from './stores/open.ts'
import { START } from './testing.ts'
import { testSession } from './vectors/records.testing.ts'

const DAY = 86_400
const HOUR = 3600
const LONGEST = 900

async function open(t: TestContext, auditKeepSeconds: number) {
  const { sessions, audit, close } = await openStores({ dataDir: null })
  t.after(close)
  const nodesPurged: number[] = []
  const nodeStore = { purge: async (unseenSeconds: number) => void nodesPurged.push(unseenSeconds) }
  const needs = {
    config: { auditKeepSeconds, longestTokenLifeSeconds: LONGEST },
    ...{ audit, sessionStore: sessions, nodeStore, clock: manualClock(START) },
  }
  /** A session that expired so many seconds ago, and was ended so many seconds ago, if at all. */
  const put = async (expired: number, ended: number | null) => {
    const session = testSession({ startedAt: START - 40 * DAY, expiresAt: START - expired })
    await sessions.insert(session)
    if (ended !== null) await sessions.end(session.sid, 'signed-out', START - ended)
    return async () => (await sessions.find(session.sid)) !== null
  }
  const tell = (age: number) =>
    audit.insert([
      {
        ...{ at: START - age, event: 'session.ended', userId: 'user' },
        ...{ sid: null, address: null, reason: null },
      },
    ])
  return { needs, sessions, audit, put, tell, nodesPurged }
}

describe('purging', () => {
  it('forgets what the audit log is not kept for', async (t) => {
    const { needs, audit, tell } = await open(t, 90 * DAY)
    for (const age of [90 * DAY + 1, 90 * DAY, 90 * DAY - 1]) await tell(age)
    await purge(needs)
    assert.deepEqual(
      (await audit.list({})).map(({ at }) => START - at),
      [90 * DAY - 1, 90 * DAY],
    )
  })

  it('forgets sessions that were over before that, by whichever end came last', async (t) => {
    const { needs, put } = await open(t, 90 * DAY)
    const kept = 90 * DAY
    const rows: [number, number | null, boolean][] = [
      [kept - 1, null, true],
      [kept, null, true],
      [kept + 1, null, false],
      [kept + 1, kept, true],
      [kept + 1, kept + 1, false],
      [kept, kept + 1, true],
      [-DAY, kept + 1, true],
      [-DAY, null, true],
    ]
    const are = await Promise.all(rows.map(([expired, ended]) => put(expired, ended)))
    await purge(needs)
    for (const [index, [expired, ended, there]] of rows.entries())
      assert.equal(await are[index]?.(), there, `expired ${expired} s ago, ended ${ended}`)
  })

  // AUDIT_KEEP may be a second: whoever was signed out stays signed out for all that.
  for (const auditKeep of [1, LONGEST, LONGEST + HOUR]) {
    it(`keeps a revocation for the longest token life and an hour, with AUDIT_KEEP ${auditKeep}s`, async (t) => {
      const { needs, put, sessions } = await open(t, auditKeep)
      const kept = LONGEST + HOUR
      for (const [ended, there] of [
        [0, true],
        [kept - 1, true],
        [kept, true],
        [kept + 1, false],
      ] as const) {
        const isThere = await put(kept + 1, ended)
        const before = (await sessions.revocations(0)).length
        await purge(needs)
        assert.equal(await isThere(), there, `ended ${ended} s ago`)
        assert.equal((await sessions.revocations(0)).length, before - (there ? 0 : 1))
      }
    })
  }

  it('forgets nodes that have not told of themselves for an hour', async (t) => {
    const { needs, nodesPurged } = await open(t, DAY)
    await purge(needs)
    assert.deepEqual(nodesPurged, [HOUR])
  })

  it('keeps them longer when the audit log is kept longer', async (t) => {
    const { needs, put } = await open(t, LONGEST + HOUR + 1)
    const isThere = await put(LONGEST + HOUR + 1, LONGEST + HOUR + 1)
    await purge(needs)
    assert.equal(await isThere(), true)
  })
})

describe('purging again and again', () => {
  it('begins at once, goes on each ten minutes, survives trouble, and stops', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { needs } = await open(t, DAY)
    const troubles: unknown[] = []
    const times: number[] = []
    let failure: Error | null = null
    const audit = {
      async purge(before: number) {
        times.push(before)
        if (failure) throw failure
      },
    }
    const onTrouble = (error: unknown) => troubles.push(error)
    const settle = () => new Promise((resolve) => setImmediate(resolve))
    const { stop } = startPurge({ ...needs, audit, onTrouble })
    await settle()
    assert.equal(times.length, 1)
    failure = new Error('locked')
    t.mock.timers.tick(600_000 - 1)
    assert.equal(times.length, 1)
    t.mock.timers.tick(1)
    await settle()
    assert.deepEqual(troubles, [failure])
    failure = null
    needs.clock.advance(1200)
    t.mock.timers.tick(600_000)
    await settle()
    assert.deepEqual(times, [START - DAY, START - DAY, START - DAY + 1200])
    assert.equal(troubles.length, 1)
    stop()
    t.mock.timers.tick(6_000_000)
    assert.equal(times.length, 3)
  })

  it('tells of no trouble once it is stopped, for the stores are closed under it then', async (t) => {
    const { needs } = await open(t, DAY)
    const troubles: unknown[] = []
    const { promise, reject } = Promise.withResolvers<void>()
    const audit = { purge: () => promise }
    const { stop } = startPurge({ ...needs, audit, onTrouble: (error) => troubles.push(error) })
    stop()
    reject(new Error('closed'))
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(troubles, [])
  })
})
