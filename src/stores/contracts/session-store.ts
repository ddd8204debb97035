import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { newId } from '../../lib/ids.ts'
import type { Session } from '../../sessions/session.ts'
import type { SessionStore } from '../../sessions/session-store.ts'
import { testSession } from '../../vectors/records.testing.ts'
import { endingContract } from './ending-sessions.ts'
import { epochContract } from './epoch.ts'
import { refreshTokenContract } from './refresh-tokens.ts'

export interface OpenedSessions {
  sessions: SessionStore
  close(): Promise<void>
}

const NOW = 1_800_000_000

const sids = (sessions: Session[]) => sessions.map(({ sid }) => sid)

/**
 * What every engine that keeps sessions must do. `open` gives an empty one, whose epoch begins so many seconds after it is
 * made; and whether it may lose what it has said was written.
 */
export function sessionStoreContract(
  name: string,
  open: () => Promise<OpenedSessions>,
  { epochLeadSeconds = 0, mayLose = false } = {},
): void {
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
      for (const sid of ["x' OR '1'='1", `${session.sid}\0`, '\0']) {
        assert.equal(await store.find(sid), null)
        assert.equal(await store.end(sid, 'signed-out', NOW), null)
      }
    })

    it('that are live are listed newest first, of all or of one user', async (t) => {
      const older = testSession({ startedAt: NOW - 9 })
      const [mine, others] = [testSession({ userId: 'me' }), testSession({ startedAt: NOW - 5 })]
      const store = await holding(t, older, mine, others)
      assert.deepEqual(sids(await store.listLive(NOW)), sids([mine, others, older]))
      assert.deepEqual(await store.listLive(NOW, 'me'), [mine])
      assert.deepEqual(await store.listLive(NOW, ''), [])
      assert.deepEqual(sids(await store.listLive(NOW, undefined, 2)), sids([mine, others]))
      assert.deepEqual(await store.listLive(NOW, 'me', 2), [mine])
    })

    it('that are live are counted: neither those that were ended nor those that expired', async (t) => {
      const [ended, short] = [testSession(), testSession({ expiresAt: NOW + 10 })]
      const store = await holding(t, testSession(), testSession({ userId: 'other' }), ended, short)
      assert.equal(await store.countLive(NOW), 4)
      await store.end(ended.sid, 'signed-out', NOW)
      for (const [at, live] of [
        [9, 3],
        [10, 2],
        [11, 2],
      ] as const)
        assert.equal(await store.countLive(NOW + at), live)
      await store.extend(short.sid, NOW + 300, NOW + 9)
      assert.equal(await store.countLive(NOW + 11), 3)
    })

    it('are none where there are none', async (t) => {
      assert.equal(await (await opened(t)).countLive(NOW), 0)
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

    it('that are over are listed for their user, the last one first, up to a limit', async (t) => {
      const [expired, ended, live, others] = [
        testSession({ expiresAt: NOW - 20 }),
        testSession({ startedAt: NOW - 50 }),
        testSession(),
        testSession({ userId: 'other', expiresAt: NOW - 1 }),
      ]
      const longAgo = testSession({ expiresAt: NOW - 30 })
      const endedLate = testSession({ expiresAt: NOW - 9000 })
      const store = await holding(t, longAgo, ended, expired, live, others, endedLate)
      await store.end(ended.sid, 'reuse', NOW - 10)
      await store.end(endedLate.sid, 'disabled', NOW - 5)
      const over = await store.listOver('user', NOW, 10)
      assert.deepEqual(sids(over), sids([endedLate, ended, expired, longAgo]))
      assert.deepEqual([over[1]?.endReason, over[2]?.endReason], ['reuse', null])
      assert.deepEqual(over[2], expired)
      for (const limit of [1, 3, 4])
        assert.deepEqual(await store.listOver('user', NOW, limit), over.slice(0, limit))
      for (const userId of ['', 'nobody', "x' OR '1'='1"])
        assert.deepEqual(await store.listOver(userId, NOW, 10), [])
    })

    it('are over when they are not live, on the second', async (t) => {
      const session = testSession({ expiresAt: NOW + 10 })
      const store = await holding(t, session)
      for (const [at, over] of [
        [9, []],
        [10, [session]],
        [11, [session]],
      ] as const)
        assert.deepEqual(await store.listOver('user', NOW + at, 10), over)
    })

    for (const [last, seen] of [
      [-61, 0],
      [-60, 0],
      [-59, -59],
      [0, 0],
      [30, 30],
    ] as const) {
      it(`that were last seen ${-last} s ago are noted as seen ${-seen} s ago, if not for a minute`, async (t) => {
        const session = testSession({ lastSeenAt: NOW + last })
        const store = await holding(t, session, testSession({ lastSeenAt: NOW - 500 }))
        await store.touch(session.sid, NOW, NOW - 60)
        assert.deepEqual(await store.find(session.sid), { ...session, lastSeenAt: NOW + seen })
      })
    }

    it('that are over, or not there, are not noted as seen', async (t) => {
      const [expired, ended] = [testSession({ expiresAt: NOW }), testSession()]
      const store = await holding(t, expired, ended)
      await store.end(ended.sid, 'signed-out', NOW)
      for (const sid of [expired.sid, ended.sid, newId()]) await store.touch(sid, NOW + 90, NOW + 30)
      for (const { sid, lastSeenAt } of [expired, ended])
        assert.equal((await store.find(sid))?.lastSeenAt, lastSeenAt)
    })
  })

  endingContract(name, open, mayLose)
  refreshTokenContract(name, open)
  epochContract(name, open, epochLeadSeconds)

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
