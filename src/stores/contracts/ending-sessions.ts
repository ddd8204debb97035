import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { newId } from '../../lib/ids.ts'
import type { Session } from '../../sessions/session.ts'
import type { Ended, SessionStore } from '../../sessions/session-store.ts'
import { testSession } from '../../vectors/records.testing.ts'
import type { OpenedSessions } from './session-store.ts'

const NOW = 1_800_000_000

const sids = (sessions: Session[]) => sessions.map(({ sid }) => sid)
/** What whoever ended these sessions is told, in the order of their ids. */
const told = (...ended: Ended[]) =>
  ended
    .map(({ sid, userId, expiresAt }) => ({ sid, userId, expiresAt }))
    .toSorted((a, b) => a.sid.localeCompare(b.sid))

const ALL = { expiringAfter: 0 }
// More than an engine ends with one statement.
const MANY = 1200

/** What every engine that keeps sessions must do to end them. `open` gives an empty one, which may lose writes or not. */
export function endingContract(name: string, open: () => Promise<OpenedSessions>, mayLose: boolean): void {
  async function holding(t: TestContext, ...given: Session[]): Promise<SessionStore> {
    const { sessions, close } = await open()
    t.after(close)
    for (const session of given) await sessions.insert(session)
    return sessions
  }

  describe(`sessions in ${name}, when they end`, () => {
    it('end once, of twenty at once, for one who is told whose it was, with one entry in the log', async (t) => {
      const session = testSession({ userId: 'me' })
      const store = await holding(t, session, testSession())
      const ends = Array.from({ length: 20 }, () => store.end(session.sid, 'signed-out', NOW + 1))
      const winners = (await Promise.all(ends)).filter((ended) => ended !== null)
      assert.deepEqual(told(...winners), told(session))
      assert.deepEqual(await store.revocations(NOW), [
        { sid: session.sid, reason: 'signed-out', revokedAt: NOW + 1 },
      ])
      assert.deepEqual(await store.find(session.sid), {
        ...{ ...session, endedAt: NOW + 1, endReason: 'signed-out' },
      })
      assert.equal(await store.end(session.sid, 'disabled', NOW + 2), null)
      assert.equal((await store.find(session.sid))?.endReason, 'signed-out')
    })

    it('that have ended are not extended, nor listed', async (t) => {
      const session = testSession()
      const store = await holding(t, session)
      await store.end(session.sid, 'signed-out', NOW)
      assert.equal(await store.extend(session.sid, NOW + 400, NOW), null)
      assert.deepEqual(await store.listLive(NOW), [])
      assert.equal((await store.find(session.sid))?.expiresAt, session.expiresAt)
    })

    it('that are expired but not ended can still be ended', async (t) => {
      const session = testSession({ expiresAt: NOW - 1 })
      const store = await holding(t, session)
      assert.equal((await store.end(session.sid, 'signed-out', NOW))?.expiresAt, NOW - 1)
    })

    it(`that are not there end for nobody, and ${mayLose ? 'are logged, for they may be lost' : 'nothing is logged'}`, async (t) => {
      const store = await holding(t)
      const sid = newId()
      for (const at of [NOW, NOW + 1]) assert.equal(await store.end(sid, 'signed-out', at), null)
      assert.deepEqual(await store.endAll('nobody', 'deleted', NOW, ALL), [])
      const logged = mayLose ? [{ sid, reason: 'signed-out', revokedAt: NOW }] : []
      assert.deepEqual(await store.revocations(0), logged)
      assert.equal(await store.find(sid), null)
    })

    it('of one user end together, those of others go on', async (t) => {
      const [one, two, done, others] = [
        ...[testSession(), testSession(), testSession()],
        testSession({ userId: 'other' }),
      ]
      assert.ok(one && two && done && others)
      const store = await holding(t, one, two, done, others)
      await store.end(done.sid, 'signed-out', NOW)
      const ended = await store.endAll('user', 'password-changed', NOW + 1, ALL)
      assert.deepEqual(told(...ended), told(one, two))
      const logged = await store.revocations(NOW + 1)
      assert.deepEqual(logged.map(({ sid }) => sid).toSorted(), sids([one, two]).toSorted())
      assert.ok(
        logged.every(({ reason, revokedAt }) => reason === 'password-changed' && revokedAt === NOW + 1),
      )
      assert.deepEqual(sids(await store.listLive(NOW)), [others.sid])
      assert.equal((await store.find(done.sid))?.endReason, 'signed-out')
    })

    it('of one user end in one of twenty calls each', async (t) => {
      const many = Array.from({ length: 5 }, () => testSession())
      const store = await holding(t, ...many)
      const ends = Array.from({ length: 20 }, () => store.endAll('user', 'deleted', NOW, ALL))
      const ended = (await Promise.all(ends)).flat()
      assert.deepEqual(told(...ended), told(...many))
    })

    it('of one user end also when there are very many, each for one of two who end them at once', async (t) => {
      const store = await holding(t)
      const many = Array.from({ length: MANY }, () => testSession())
      const [here, other] = [testSession(), testSession({ userId: 'other' })]
      await Promise.all([...many, here, other].map((session) => store.insert(session)))
      const ends = [0, 1].map(async () => {
        const ended = await store.endAll('user', 'disabled', NOW, { ...ALL, except: here.sid })
        // Whoever is told so can rely on it, also when the other has ended most of them and is not through yet.
        assert.deepEqual(sids(await store.listLive(NOW, 'user')), [here.sid])
        return ended
      })
      assert.deepEqual(told(...(await Promise.all(ends)).flat()), told(...many))
      assert.equal((await store.revocations(NOW)).length, MANY)
      assert.deepEqual(sids(await store.listLive(NOW)).toSorted(), sids([here, other]).toSorted())
    })

    it('of one user end but for one that is excepted', async (t) => {
      const [here, there, others] = [testSession(), testSession(), testSession({ userId: 'other' })]
      const store = await holding(t, here, there, others)
      const ended = await store.endAll('user', 'ended-elsewhere', NOW, { ...ALL, except: here.sid })
      assert.deepEqual(told(...ended), told(there))
      assert.deepEqual(await store.listLive(NOW, 'user'), [here])
      // No session has such an id, so it excepts none.
      assert.deepEqual(
        told(...(await store.endAll('user', 'disabled', NOW, { ...ALL, except: '' }))),
        told(here),
      )
      assert.deepEqual(await store.listLive(NOW), [others])
    })

    it('that expired before an instant are left as they were, when all of a user end', async (t) => {
      const [over, barely, live] = [-1, 0, 1].map((n) => testSession({ expiresAt: NOW + n }))
      assert.ok(over && barely && live)
      const store = await holding(t, over, barely, live)
      assert.deepEqual(
        told(...(await store.endAll('user', 'disabled', NOW + 50, { expiringAfter: NOW }))),
        told(live),
      )
      for (const session of [over, barely]) assert.deepEqual(await store.find(session.sid), session)
    })

    it('that began after an instant are left as they were, when all of a user end', async (t) => {
      const [before, at, after] = [-1, 0, 1].map((n) => testSession({ startedAt: NOW + n }))
      assert.ok(before && at && after)
      const store = await holding(t, before, at, after)
      const ended = await store.endAll('user', 'disabled', NOW + 50, { ...ALL, startedUntil: NOW })
      assert.deepEqual(told(...ended), told(before, at))
      assert.deepEqual(await store.find(after.sid), after)
    })
  })
}
