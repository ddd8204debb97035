import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { START } from '../testing.ts'
import { FROM } from '../vectors/rig.testing.ts'
import { openPair, pairOf } from './pair.testing.ts'

const OVER = { kind: 'over', reason: null }

/** A pair whose session began a minute before the epoch that is known now. */
async function openBefore(t: TestContext) {
  const pair = await openPair(t)
  const { rig, r0, trade } = pair
  rig.clock.advance(60)
  const r1 = await trade(r0)
  const r2 = await trade(r1)
  const { id } = await rig.stores.sessions.epoch(START)
  const epoch = await rig.stores.sessions.renewEpoch(id, rig.clock.now())
  return { ...pair, r1, r2, epoch }
}

describe('a session of before the epoch', () => {
  it('is over, its refresh tokens too, and a displaced one tells of no theft', async (t) => {
    const { rig, r0, r1, r2, access, show, worth, told } = await openBefore(t)
    await rig.revocations.poll()
    rig.clock.advance(60)
    for (const token of [r2, r1, r0, r2]) assert.deepEqual(await show(token), OVER)
    assert.equal(await worth(access), 'revoked')
    assert.equal(await told('refresh.reuse_detected'), 0)
    assert.equal(await told('session.ended'), 0)
  })

  it('is over also with a token that a node issued later, which had not heard of the epoch', async (t) => {
    const { rig, epoch, user, sessionOf, sid } = await openBefore(t)
    rig.clock.advance(10)
    const { startedAt, endsAt } = await sessionOf(sid)
    const { token, claims } = await rig.issue({
      ...{ sub: user.id, sid, auth_time: startedAt, username: user.username, role: user.role },
      ...{ name: null, email: null, exp: Math.min(rig.clock.now() + 300, endsAt) },
    })
    assert.ok(claims.iat > epoch.at)
    // From the store, for the log is stale, and then from memory.
    assert.equal((await rig.sessions.resume(token)).kind, 'revoked')
    await rig.revocations.poll()
    assert.equal((await rig.sessions.resume(token)).kind, 'revoked')
  })

  it('is not among the devices of its user', async (t) => {
    const { rig, user, begin } = await openBefore(t)
    await rig.revocations.poll()
    const { sid } = await begin()
    const { live } = await rig.devices.list(user.id, sid)
    assert.deepEqual(
      live.map((device) => device.sid),
      [sid],
    )
  })
})

describe('a session that is begun before the epoch that is known begins', () => {
  it('begins with it, and lives: by its access token, its refresh token, and among the devices', async (t) => {
    const { rig, user, epoch, show } = await openBefore(t)
    await rig.revocations.poll()
    assert.ok(rig.clock.now() < epoch.at)
    const { claims, ...grant } = await rig.signIn(user, { carrier: 'bearer', remember: true })
    assert.equal(claims.auth_time, epoch.at)
    const { refresh } = pairOf({ claims, ...grant })
    for (const seconds of [0, 2]) {
      rig.clock.advance(seconds)
      assert.equal((await rig.sessions.resume(grant.token)).kind, 'live')
    }
    const { live } = await rig.devices.list(user.id, claims.sid)
    assert.equal(live.length, 1)
    const rotated = await show(refresh)
    assert.ok(rotated.kind === 'rotated')
    assert.equal((await rig.sessions.resume(rotated.grant.token)).kind, 'live')
  })
})

describe('ending all sessions of everybody', () => {
  it('is another epoch, told once in the audit log', async (t) => {
    const { rig, access, r0, show, worth } = await openPair(t)
    const other = await rig.signIn(await rig.addUser({ username: 'other' }))
    rig.clock.advance(5)
    await rig.endings.everybodys({ address: null })
    await rig.revocations.poll()
    for (const token of [access, other.token]) assert.equal(await worth(token), 'revoked')
    assert.deepEqual(await show(r0), OVER)
    const [entry] = await rig.audit.list({})
    assert.deepEqual(entry, {
      ...{ at: START + 5, event: 'session.all_ended', userId: null, sid: null },
      ...{ address: null, reason: 'ended-by-operator' },
    })
    const again = await rig.sessions.start(await rig.addUser({ username: 'again' }), BEGINNING, FROM)
    assert.equal(await worth(again?.token ?? ''), 'live')
  })
})

const BEGINNING = { carrier: 'cookie', remember: false } as const
