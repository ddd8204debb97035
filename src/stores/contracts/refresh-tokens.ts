import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { newId } from '../../lib/ids.ts'
import type { RefreshState, Session } from '../../sessions/session.ts'
import type { SessionStore } from '../../sessions/session-store.ts'
import { testSession } from '../../vectors/records.testing.ts'
import type { OpenedSessions } from './session-store.ts'

const NOW = 1_800_000_000

const refresh = (overrides: Partial<RefreshState> = {}): RefreshState => ({
  ...{ salt: 'salt', rotation: 3, currentHash: 'current', previousHash: 'previous', rotatedAt: NOW - 600 },
  ...overrides,
})
const remembered = (overrides: Partial<Session> = {}) => testSession({ refresh: refresh(), ...overrides })
const TO = { currentHash: 'next', previousHash: 'current', expiresAt: NOW + 900 }

/** What every engine that keeps sessions must do with their refresh tokens. `open` gives an empty one. */
export function refreshTokenContract(name: string, open: () => Promise<OpenedSessions>): void {
  async function holding(t: TestContext, ...given: Session[]): Promise<SessionStore> {
    const { sessions, close } = await open()
    t.after(close)
    for (const session of given) await sessions.insert(session)
    return sessions
  }

  describe(`refresh tokens in ${name}`, () => {
    it('are kept as they were given, the first of a session too, and by either carrier', async (t) => {
      const given = [
        remembered(),
        remembered({ carrier: 'bearer', refresh: refresh({ rotation: 0, previousHash: null }) }),
        testSession({ carrier: 'bearer' }),
      ]
      const store = await holding(t, ...given)
      for (const session of given) assert.deepEqual(await store.find(session.sid), session)
      assert.deepEqual(new Set(await store.listLive(NOW)), new Set(given))
    })

    it('are replaced, with the rotation number, the times and the idle end, and nothing else of the session', async (t) => {
      const session = remembered()
      const other = remembered()
      const store = await holding(t, session, other)
      const rotated = await store.rotate(session.sid, 3, TO, NOW + 5)
      const expected = {
        ...{ ...session, expiresAt: NOW + 900, lastSeenAt: NOW + 5 },
        refresh: refresh({ rotation: 4, currentHash: 'next', previousHash: 'current', rotatedAt: NOW + 5 }),
      }
      assert.deepEqual(rotated, expected)
      assert.deepEqual(await store.find(session.sid), expected)
      assert.deepEqual(await store.find(other.sid), other)
    })

    it('are replaced once, of twenty at once', async (t) => {
      const session = remembered()
      const store = await holding(t, session)
      const rotations = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          store.rotate(session.sid, 3, { ...TO, currentHash: `next-${n}` }, NOW),
        ),
      )
      const [won = assert.fail(), ...others] = rotations.filter((rotated) => rotated !== null)
      assert.deepEqual(others, [])
      assert.equal(won.refresh?.rotation, 4)
      assert.deepEqual(await store.find(session.sid), won)
    })

    for (const rotation of [2, 4, 0, -1]) {
      it(`are not replaced for who knows rotation number ${rotation} of one that has number 3`, async (t) => {
        const session = remembered()
        const store = await holding(t, session)
        assert.equal(await store.rotate(session.sid, rotation, TO, NOW), null)
        assert.deepEqual(await store.find(session.sid), session)
      })
    }

    for (const [what, end] of [
      ['idle', { expiresAt: NOW + 10 }],
      ['absolute', { endsAt: NOW + 10 }],
    ] as const) {
      for (const [at, live] of [
        [9, true],
        [10, false],
        [11, false],
      ] as const) {
        it(`are ${live ? '' : 'not '}replaced ${at} s on with an ${what} end in 10 s`, async (t) => {
          const session = remembered(end)
          const store = await holding(t, session)
          assert.equal((await store.rotate(session.sid, 3, TO, NOW + at)) !== null, live)
          if (!live) assert.deepEqual(await store.find(session.sid), session)
        })
      }
    }

    it('are not replaced once the session was ended', async (t) => {
      const session = remembered()
      const store = await holding(t, session)
      await store.end(session.sid, 'reuse', NOW)
      assert.equal(await store.rotate(session.sid, 3, TO, NOW), null)
      assert.deepEqual((await store.find(session.sid))?.refresh, session.refresh)
    })

    it('either are replaced before the session ends, or not at all', async (t) => {
      for (let i = 0; i < 10; i++) {
        const session = remembered()
        const store = await holding(t, session)
        const [rotated, ended] = await Promise.all([
          store.rotate(session.sid, 3, TO, NOW),
          store.end(session.sid, 'signed-out', NOW),
        ])
        assert.ok(ended)
        const { refresh: state, endedAt } = (await store.find(session.sid)) ?? assert.fail()
        assert.deepEqual([state?.rotation, endedAt], [rotated ? 4 : 3, NOW])
      }
    })

    it('of a session that has none, or is not there, are not made', async (t) => {
      const session = testSession()
      const store = await holding(t, session)
      for (const rotation of [0, -1]) {
        assert.equal(await store.rotate(session.sid, rotation, TO, NOW), null)
        assert.equal(await store.rotate(newId(), rotation, TO, NOW), null)
      }
      assert.deepEqual(await store.find(session.sid), session)
    })

    it('never bring the idle end of their session forward', async (t) => {
      const session = remembered({ expiresAt: NOW + 5000 })
      const store = await holding(t, session)
      for (const [rotation, expiresAt, expected] of [
        [3, NOW + 4999, NOW + 5000],
        [4, NOW + 5000, NOW + 5000],
        [5, NOW + 5001, NOW + 5001],
      ] as const)
        assert.equal(
          (await store.rotate(session.sid, rotation, { ...TO, expiresAt }, NOW))?.expiresAt,
          expected,
        )
    })

    it('are left as they are when their session is refreshed, seen or ended', async (t) => {
      const session = remembered()
      const store = await holding(t, session)
      await store.extend(session.sid, NOW + 900, NOW + 1)
      await store.touch(session.sid, NOW + 200, NOW + 100)
      await store.end(session.sid, 'signed-out', NOW + 201)
      assert.deepEqual((await store.find(session.sid))?.refresh, session.refresh)
    })
  })
}
