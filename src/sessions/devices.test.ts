import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { testSession } from '../vectors/records.testing.ts'
import { FROM } from '../vectors/rig.testing.ts'
import { openPair } from './pair.testing.ts'
import type { EndReason, Session } from './session.ts'

async function open(t: TestContext) {
  const pair = await openPair(t)
  const { rig, user } = pair
  const stranger = await rig.addUser({ username: 'user2' })
  const list = async (userId = user.id, current = pair.sid) => {
    const { live, ended } = await rig.devices.list(userId, current)
    return { live: live.map(({ sid }) => sid), ended: ended.map(({ sid, reason }) => [sid, reason]) }
  }
  const put = async (overrides: Partial<Session>) => {
    const session = testSession({ userId: user.id, ...overrides })
    await rig.stores.sessions.insert(session)
    return session.sid
  }
  return { ...pair, stranger, list, put }
}

describe('the list of devices', () => {
  it('has the live sessions of a user: the one that asks first, then the newest', async (t) => {
    const { rig, user, sid, list, begin } = await open(t)
    rig.clock.advance(5)
    const second = await begin()
    rig.clock.advance(5)
    const third = await rig.signIn(user)
    const [a, b, c] = [sid, second.sid, third.claims.sid]
    for (const [current, live] of [
      [a, [a, c, b]],
      [b, [b, c, a]],
      [c, [c, b, a]],
    ] as const) {
      assert.deepEqual(await list(user.id, current), { live, ended: [] })
      const listed = (await rig.devices.list(user.id, current)).live
      assert.deepEqual(
        listed.map((device) => device.current),
        [true, false, false],
      )
    }
  })

  it('says of each what a person wants to know, and nothing of its refresh token', async (t) => {
    const { rig, user, sid } = await open(t)
    const { claims } = await rig.signIn(user, { carrier: 'cookie', remember: true })
    const now = rig.clock.now()
    const { live } = await rig.devices.list(user.id, sid)
    const common = { ...FROM, startedAt: now, lastSeenAt: now, endsAt: now + 30 * 86_400 }
    assert.deepEqual(live, [
      { ...common, sid, carrier: 'bearer', current: true, remembered: false },
      { ...common, sid: claims.sid, carrier: 'cookie', current: false, remembered: true },
    ])
    await rig.endings.one(claims.sid, 'signed-out', FROM)
    const [ended] = (await rig.devices.list(user.id, sid)).ended
    assert.doesNotMatch(JSON.stringify(ended), /refresh|hash|salt/i)
  })

  for (const where of ['newest', 'oldest']) {
    for (const [others, cut] of [
      [99, false],
      [100, false],
      [101, true],
      [102, true],
    ] as const) {
      it(`has ${others} beside the one that asks, the ${where}, ${cut ? 'cut to a hundred, and says so' : 'whole'}`, async (t) => {
        const { rig, user, sid, put } = await open(t)
        const startedAt = rig.clock.now() + (where === 'newest' ? -1 : 1)
        for (let i = 0; i < others; i++) await put({ startedAt })
        const { live, isCut } = await rig.devices.list(user.id, sid)
        assert.equal(isCut, cut)
        assert.equal(live.length, 1 + Math.min(others, 100))
        assert.deepEqual([live[0]?.sid, live.filter((device) => device.sid === sid).length], [sid, 1])
      })
    }
  }

  it('has nothing of anybody else, live or over', async (t) => {
    const { rig, sid, stranger, list } = await open(t)
    const [live, ended] = [await rig.signIn(stranger), await rig.signIn(stranger)]
    await rig.endings.one(ended.claims.sid, 'signed-out', FROM)
    assert.deepEqual(await list(), { live: [sid], ended: [] })
    const theirs = { live: [live.claims.sid], ended: [[ended.claims.sid, 'signed-out']] }
    assert.deepEqual(await list(stranger.id, live.claims.sid), theirs)
    // Also when it is said to be the one that asks.
    assert.deepEqual(await list(stranger.id, sid), theirs)
    for (const id of ['', 'USER', "x' OR '1'='1"]) assert.deepEqual(await list(id), { live: [], ended: [] })
  })

  it('says why each session is over, and lists the last one first', async (t) => {
    const { rig, user, list, put, sid } = await open(t)
    const reasons: (EndReason | 'expired')[] = [
      ...(['signed-out', 'ended-elsewhere', 'ended-by-operator', 'replaced', 'reuse'] as const),
      ...(['password-changed', 'role-changed', 'disabled', 'deleted', 'expired'] as const),
    ]
    const expected: [string, string][] = []
    for (const reason of reasons) {
      rig.clock.advance(10)
      const over = await put({ expiresAt: rig.clock.now() + (reason === 'expired' ? 5 : 300) })
      if (reason !== 'expired') await rig.endings.one(over, reason, FROM)
      expected.unshift([over, reason])
    }
    rig.clock.advance(5)
    assert.deepEqual(await list(), { live: [sid], ended: expected })
    const { ended } = await rig.devices.list(user.id, sid)
    assert.deepEqual(
      ended.map(({ endedAt }) => endedAt - rig.clock.now()),
      [0, ...Array.from({ length: 9 }, (_, n) => -15 - 10 * n)],
    )
  })

  it('has the last twenty that are over, and all that live', async (t) => {
    const { rig, list, put, begin } = await open(t)
    const all: string[] = []
    for (let i = 0; i < 22; i++) {
      const { sid } = await begin()
      if (i % 2 === 0) all.unshift(await put({ expiresAt: rig.clock.now() }))
      else {
        await rig.endings.one(sid, 'signed-out', FROM)
        all.unshift(sid)
      }
      rig.clock.advance(1)
    }
    const { live, ended } = await list()
    assert.equal(live.length, 12)
    assert.deepEqual(
      ended.map(([sid]) => sid),
      all.slice(0, 20),
    )
  })
})

describe('ending one device', () => {
  it('ends it at once, and says whether there was anything to end', async (t) => {
    const { rig, user, sid, access, r0, show, worth, told } = await open(t)
    assert.equal(await rig.devices.end(user.id, sid, 'ended-elsewhere', FROM), true)
    assert.equal(await worth(access), 'revoked')
    assert.deepEqual(await show(r0), { kind: 'over', reason: 'ended-elsewhere' })
    assert.equal(await rig.devices.end(user.id, sid, 'ended-elsewhere', FROM), false)
    assert.equal(await told('session.ended'), 1)
  })

  it('is nothing that another user can do, nor for a session that is not there', async (t) => {
    const { rig, user, stranger, sid, access, r0, trade, worth, told } = await open(t)
    for (const id of [stranger.id, '', 'user'])
      assert.equal(await rig.devices.end(id, sid, 'ended-elsewhere', FROM), false)
    for (const other of [crypto.randomUUID(), '', "x' OR '1'='1"])
      assert.equal(await rig.devices.end(user.id, other, 'ended-elsewhere', FROM), false)
    assert.equal(await worth(access), 'live')
    assert.ok(await trade(r0))
    assert.equal(await told('session.ended'), 0)
  })

  it('that has expired changes nothing: it stays expired', async (t) => {
    const { rig, user, list, put, sid, told } = await open(t)
    const expired = await put({ expiresAt: rig.clock.now() })
    assert.equal(await rig.devices.end(user.id, expired, 'ended-elsewhere', FROM), false)
    assert.deepEqual(await list(), { live: [sid], ended: [[expired, 'expired']] })
    assert.equal(await told('session.ended'), 0)
  })
})

describe('ending all other devices', () => {
  it('leaves this one, and those of others, and says how many there were', async (t) => {
    const { rig, user, stranger, sid, access, begin, list, worth } = await open(t)
    const others = [await begin(), await begin()]
    const strange = await rig.signIn(stranger)
    assert.equal(await rig.devices.endOthers(user.id, sid, FROM), 2)
    assert.deepEqual([await worth(access), await worth(strange.token)], ['live', 'live'])
    for (const pair of others) assert.equal(await worth(pair.access), 'revoked')
    const { live, ended } = await list()
    assert.deepEqual(live, [sid])
    assert.deepEqual(new Set(ended.map(([, reason]) => reason)), new Set(['ended-elsewhere']))
    assert.equal(await rig.devices.endOthers(user.id, sid, FROM), 0)
  })
})
