import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FROM } from '../vectors/rig.testing.ts'
import { grantOf, handling, openPair, pairOf } from './pair.testing.ts'

const OVER = { kind: 'over', reason: 'reuse' }

describe('reuse of a refresh token', () => {
  it('ends the session with all its tokens, and the audit log says so once', async (t) => {
    const { rig, user, sid, access, r0, show, worth, sessionOf } = await openPair(t)
    const one = pairOf(grantOf(await show(r0)))
    const two = pairOf(grantOf(await show(one.refresh)))
    rig.clock.advance(1)
    const thief = { address: '203.0.113.9' }
    assert.deepEqual(await rig.rotate(r0, 'bearer', thief), OVER)
    for (const token of [r0, one.refresh, two.refresh]) assert.deepEqual(await show(token), OVER)
    for (const token of [access, one.access, two.access]) assert.equal(await worth(token), 'revoked')
    const resumed = await rig.sessions.resume(two.access)
    assert.equal(resumed.kind === 'revoked' && resumed.reason, 'reuse')
    const { endedAt, endReason } = await sessionOf(sid)
    assert.deepEqual([endedAt, endReason], [rig.clock.now(), 'reuse'])
    const about = (await rig.audit.list({}))
      .filter(({ event }) => event === 'refresh.reuse_detected' || event === 'session.ended')
      .map(({ event, userId, sid, address, reason }) => [event, userId, sid, address, reason])
    assert.deepEqual(about.toSorted(), [
      ['refresh.reuse_detected', user.id, sid, thief.address, null],
      ['session.ended', user.id, sid, thief.address, 'reuse'],
    ])
  })

  // The grace is for the direct predecessor alone, and only while its successor was not used.
  for (const age of [0, 9, 10, 11, 86_400]) {
    it(`is seen ${age} s after the successor was used`, async (t) => {
      const { rig, r0, show, trade } = await openPair(t)
      const r2 = await trade(await trade(r0))
      rig.clock.advance(age)
      assert.deepEqual(await show(r0), OVER)
      assert.deepEqual(await show(r2), OVER)
    })
  }

  it('is any token that was ever displaced, the first as well as the last but one', async (t) => {
    for (const n of [0, 1, 2, 3]) {
      const { begin, show, trade, told } = await openPair(t)
      const tokens = [(await begin()).refresh]
      for (let i = 0; i < 5; i++) tokens.push(await trade(tokens.at(-1) ?? ''))
      assert.deepEqual(await show(tokens[n] ?? ''), OVER, `the token ${n} of six`)
      assert.equal(await told('refresh.reuse_detected'), 1)
    }
  })

  for (const uses of [0, 1, 3]) {
    it(`betrays a thief who was quicker, when he comes back after ${uses} more uses by the victim`, async (t) => {
      const { rig, r0, show, trade, told } = await openPair(t)
      const stolen = await trade(r0)
      rig.clock.advance(11)
      // The victim's answer seems to have been lost: what the thief was given is displaced.
      let token = await trade(r0)
      for (let i = 0; i < uses; i++) token = await trade(token)
      assert.equal(await told('refresh.reuse_detected'), 0)
      assert.deepEqual(await show(stolen), OVER)
      assert.deepEqual(await show(token), OVER)
      assert.equal(await told('refresh.reuse_detected'), 1)
    })
  }

  it('is told once, of twenty at the same time', async (t) => {
    const { r0, access, show, trade, worth, told } = await openPair(t)
    const r1 = await trade(r0)
    await trade(r1)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => show(r0)))
    for (const outcome of outcomes) assert.deepEqual(outcome, OVER)
    assert.equal(await told('refresh.reuse_detected'), 1)
    assert.equal(await told('session.ended'), 1)
    assert.equal(await worth(access), 'revoked')
  })

  it('leaves the other sessions of that user alone', async (t) => {
    const { rig, user, begin, sid, r0, show, trade, worth } = await openPair(t)
    const pair = await begin()
    const cookie = pairOf(await rig.signIn(user, { carrier: 'cookie', remember: true }))
    const plain = await rig.signIn(user)
    await trade(await trade(r0))
    assert.deepEqual(await show(r0), OVER)
    for (const token of [pair.access, cookie.access, plain.token]) assert.equal(await worth(token), 'live')
    assert.ok(await trade(await trade(pair.refresh)))
    assert.ok(await handling(rig, 'cookie').trade(cookie.refresh))
    const live = await rig.stores.sessions.listLive(rig.clock.now(), user.id)
    assert.deepEqual(
      live.map((session) => session.sid).toSorted(),
      [pair.sid, cookie.sid, plain.claims.sid].toSorted(),
    )
    assert.ok(!live.some((session) => session.sid === sid))
  })

  it('of a session that was over already says why it was, and tells of no reuse', async (t) => {
    const { rig, sid, r0, show, trade, told } = await openPair(t)
    await trade(await trade(r0))
    await rig.endings.one(sid, 'signed-out', FROM)
    assert.deepEqual(await show(r0), { kind: 'over', reason: 'signed-out' })
    assert.equal(await told('refresh.reuse_detected'), 0)
  })
})
