import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { newId } from '../../lib/ids.ts'
import type { Session } from '../../sessions/session.ts'
import type { SessionStore } from '../../sessions/session-store.ts'
import { testSession } from '../../vectors/records.testing.ts'

export interface OpenedSessions {
  sessions: SessionStore
  close(): Promise<void>
}

const NOW = 1_800_000_000

const sids = (sessions: Session[]) => sessions.map(({ sid }) => sid)

/** What every engine that keeps sessions must do. `open` gives an empty one. */
export function sessionStoreContract(name: string, open: () => Promise<OpenedSessions>): void {
  async function opened(t: TestContext): Promise<SessionStore> {
    const { sessions, close } = await open()
    t.after(close)
    return sessions
  }
  async function holding(t: TestContext, ...given: Session[]): Promise<SessionStore> {
    const store = await opened(t)
    for (const session of given) await store.insert(session)
    return store
  }

  describe(`sessions in ${name}`, () => {
    it('are found as they were begun', async (t) => {
      const session = testSession({ device: 'Ünknown \u{1f600}', address: '2001:db8::1' })
      const store = await holding(t, session, testSession())
      assert.deepEqual(await store.find(session.sid), session)
      assert.equal(await store.find("x' OR '1'='1"), null)
    })

    it('that are live are listed newest first, of all or of one user', async (t) => {
      const older = testSession({ startedAt: NOW - 9 })
      const [mine, others] = [testSession({ userId: 'me' }), testSession({ startedAt: NOW - 5 })]
      const store = await holding(t, older, mine, others)
      assert.deepEqual(sids(await store.listLive(NOW)), sids([mine, others, older]))
      assert.deepEqual(await store.listLive(NOW, 'me'), [mine])
      assert.deepEqual(await store.listLive(NOW, ''), [])
    })

    for (const [what, end] of [
      ['idle', { expiresAt: NOW + 10 }],
      ['absolute', { endsAt: NOW + 10 }],
    ] as const) {
      for (const [at, live] of [
        [9, true],
        [10, false],
        [11, false],
      ] as const) {
        it(`are ${live ? 'live' : 'over'} ${at} s on with an ${what} end in 10 s`, async (t) => {
          const session = testSession(end)
          const store = await holding(t, session)
          assert.equal((await store.listLive(NOW + at)).length, live ? 1 : 0)
          const extended = await store.extend(session.sid, NOW + 400, NOW + at)
          const expected = live ? { ...session, expiresAt: NOW + 400, lastSeenAt: NOW + at } : session
          assert.deepEqual(extended, live ? expected : null)
          assert.deepEqual(await store.find(session.sid), expected)
        })
      }
    }

    it('never end earlier because an older refresh was written later', async (t) => {
      const session = testSession()
      const store = await holding(t, session)
      await store.extend(session.sid, NOW + 402, NOW + 2)
      assert.equal((await store.extend(session.sid, NOW + 401, NOW + 1))?.expiresAt, NOW + 402)
    })

    it('that are not there cannot be extended', async (t) => {
      assert.equal(await (await opened(t)).extend(newId(), NOW + 300, NOW), null)
    })

    it('end once, of twenty at once, with one entry in the log', async (t) => {
      const session = testSession()
      const store = await holding(t, session)
      const ends = Array.from({ length: 20 }, () => store.end(session.sid, 'signed-out', NOW + 1))
      assert.equal((await Promise.all(ends)).filter(Boolean).length, 1)
      assert.deepEqual(await store.revocations(NOW), [
        { sid: session.sid, reason: 'signed-out', revokedAt: NOW + 1 },
      ])
      assert.deepEqual(await store.find(session.sid), {
        ...{ ...session, endedAt: NOW + 1, endReason: 'signed-out' },
      })
      assert.equal(await store.end(session.sid, 'disabled', NOW + 2), false)
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
      assert.equal(await store.end(session.sid, 'signed-out', NOW), true)
    })

    it('that are not there end for nobody, and nothing is logged', async (t) => {
      const store = await opened(t)
      assert.equal(await store.end(newId(), 'signed-out', NOW), false)
      assert.deepEqual(await store.endAll('nobody', 'deleted', NOW), [])
      assert.deepEqual(await store.revocations(0), [])
    })

    it('of one user end together, those of others go on', async (t) => {
      const [one, two, done, others] = [
        ...[testSession(), testSession(), testSession()],
        testSession({ userId: 'other' }),
      ]
      assert.ok(one && two && done && others)
      const store = await holding(t, one, two, done, others)
      await store.end(done.sid, 'signed-out', NOW)
      const ended = await store.endAll('user', 'password-changed', NOW + 1)
      assert.deepEqual(ended.toSorted(), [one.sid, two.sid].toSorted())
      const logged = await store.revocations(NOW + 1)
      assert.deepEqual(logged.map(({ sid }) => sid).toSorted(), ended.toSorted())
      assert.ok(
        logged.every(({ reason, revokedAt }) => reason === 'password-changed' && revokedAt === NOW + 1),
      )
      assert.deepEqual(sids(await store.listLive(NOW)), [others.sid])
      assert.equal((await store.find(done.sid))?.endReason, 'signed-out')
    })

    it('of one user end in one of twenty calls each', async (t) => {
      const many = Array.from({ length: 5 }, () => testSession())
      const store = await holding(t, ...many)
      const ends = Array.from({ length: 20 }, () => store.endAll('user', 'deleted', NOW))
      assert.deepEqual((await Promise.all(ends)).flat().toSorted(), sids(many).toSorted())
    })
  })

  describe(`the revocation log in ${name}`, () => {
    it('is read from an instant on, that instant too', async (t) => {
      const [early, late] = [testSession(), testSession()]
      const store = await holding(t, early, late)
      await store.end(early.sid, 'signed-out', NOW)
      await store.end(late.sid, 'ended-by-operator', NOW + 1)
      assert.equal((await store.revocations(NOW)).length, 2)
      assert.deepEqual(await store.revocations(NOW + 1), [
        { sid: late.sid, reason: 'ended-by-operator', revokedAt: NOW + 1 },
      ])
      assert.deepEqual(await store.revocations(NOW + 2), [])
    })

    it('is purged of what is older than an instant, and sessions that were over before it', async (t) => {
      const [gone, kept, ended] = [
        testSession({ expiresAt: NOW - 1 }),
        testSession({ expiresAt: NOW }),
        testSession(),
      ]
      const store = await holding(t, gone, kept, ended)
      await store.end(gone.sid, 'signed-out', NOW - 1)
      await store.end(ended.sid, 'signed-out', NOW)
      await store.purge(NOW)
      assert.deepEqual(
        (await store.revocations(0)).map(({ sid }) => sid),
        [ended.sid],
      )
      assert.equal(await store.find(gone.sid), null)
      assert.ok(await store.find(kept.sid))
      assert.ok(await store.find(ended.sid))
    })
  })
}
