import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { START } from '../testing.ts'
import { FROM } from '../vectors/rig.testing.ts'
import { grantOf, openPair, pairOf } from './pair.testing.ts'

const DAY = 86_400

describe('the current refresh token', () => {
  it('is traded for its successor and an access token of the same session', async (t) => {
    const { rig, user, sid, r0, access, show, sessionOf, worth, told } = await openPair(t)
    const { salt } = (await sessionOf(sid)).refresh ?? assert.fail()
    rig.clock.advance(600)
    const grant = grantOf(await show(r0))
    const pair = pairOf(grant)
    assert.equal(pair.refresh, rig.refreshTokens.successor(r0, sid, salt, 1))
    assert.notEqual(pair.access, access)
    const { sub, auth_time, exp, iat } = grant.claims
    assert.deepEqual([pair.sid, sub, auth_time, iat, exp], [sid, user.id, START, START + 600, START + 1500])
    assert.deepEqual([grant.expiresAt, grant.endsAt], [START + 1500, START + 30 * DAY])
    assert.equal(grant.refresh?.expiresAt, START + 600 + 7 * DAY)
    // An access token is not ended by a rotation: it lives out its minutes.
    assert.deepEqual([await worth(access), await worth(pair.access)], ['live', 'live'])
    assert.deepEqual((await sessionOf(sid)).refresh, {
      ...{ salt, rotation: 1, currentHash: hashSecret(pair.refresh), previousHash: hashSecret(r0) },
      rotatedAt: START + 600,
    })
    assert.equal(await told('session.refreshed'), 1)
  })

  it('takes the name and role that the user has now', async (t) => {
    const { rig, user, r0, show } = await openPair(t)
    await rig.stores.users.update(user.id, { role: 'admin' })
    assert.equal(grantOf(await show(r0)).claims.role, 'admin')
  })

  it('can be traded on and on, each for another', async (t) => {
    const { sid, r0, trade, sessionOf } = await openPair(t)
    const seen = new Set([r0])
    let token = r0
    for (let i = 1; i <= 20; i++) {
      token = await trade(token)
      seen.add(token)
      assert.equal((await sessionOf(sid)).refresh?.rotation, i)
    }
    assert.equal(seen.size, 21)
  })
})

describe('its direct predecessor', () => {
  for (const age of [0, 9, 10]) {
    it(`${age} s after the rotation gets the same token byte for byte, and another access token`, async (t) => {
      const { rig, sid, r0, show, sessionOf, worth, told } = await openPair(t)
      const first = pairOf(grantOf(await show(r0)))
      const before = await sessionOf(sid)
      rig.clock.advance(age)
      for (const time of [1, 2]) {
        const again = pairOf(grantOf(await show(r0)))
        assert.equal(again.refresh, first.refresh, `time ${time}`)
        assert.notEqual(again.access, first.access)
        assert.equal(await worth(again.access), 'live')
      }
      assert.deepEqual(await sessionOf(sid), before)
      assert.equal(await told('session.refreshed'), 1)
    })
  }

  it('11 s after it, while the successor was never used, gets the next one; the displaced one is reuse', async (t) => {
    const { rig, sid, r0, show, trade, sessionOf, told } = await openPair(t)
    const lost = await trade(r0)
    rig.clock.advance(11)
    const next = await trade(r0)
    assert.notEqual(next, lost)
    assert.equal((await sessionOf(sid)).refresh?.rotation, 2)
    assert.equal(await told('refresh.reuse_detected'), 0)
    assert.deepEqual(await show(lost), { kind: 'over', reason: 'reuse' })
    assert.deepEqual(await show(next), { kind: 'over', reason: 'reuse' })
    assert.equal(await told('refresh.reuse_detected'), 1)
  })

  it('has its ten seconds again after it was given the next one', async (t) => {
    const { rig, r0, trade } = await openPair(t)
    await trade(r0)
    rig.clock.advance(11)
    const next = await trade(r0)
    rig.clock.advance(10)
    assert.equal(await trade(r0), next)
    assert.ok(await trade(next))
  })

  it('is answered, however late, until the session is over: the answer may have been lost for days', async (t) => {
    const { rig, r0, trade } = await openPair(t)
    await trade(r0)
    rig.clock.advance(7 * DAY - 1)
    assert.ok(await trade(await trade(r0)))
  })

  for (const wait of [0, 10, 11, 3600]) {
    it(`signs nobody out in a chain of ten lost answers, ${wait} s apart, nor ten more after it`, async (t) => {
      const { rig, sid, r0, access, trade, worth, sessionOf, told } = await openPair(t)
      let token = r0
      for (let turn = 0; turn < 2; turn++) {
        for (let i = 0; i < 10; i++) {
          await trade(token)
          rig.clock.advance(wait)
        }
        token = await trade(token)
      }
      assert.ok(await trade(token))
      assert.equal((await sessionOf(sid)).endedAt, null)
      assert.equal(await told('refresh.reuse_detected'), 0)
      if (wait === 0) assert.equal(await worth(access), 'live')
    })
  }

  it('gets the same token while the clock is set back, and the next one once it has caught up', async (t) => {
    const { rig, r0, trade } = await openPair(t)
    const next = await trade(r0)
    rig.clock.advance(-3600)
    assert.equal(await trade(r0), next)
    rig.clock.advance(3611)
    assert.notEqual(await trade(r0), next)
  })
})

describe('a refresh token that renews nothing', () => {
  it('is a made-up one with a known sid: it ends nothing, and no store is asked', async (t) => {
    const asked: string[] = []
    const { rig, sid, r0, access, show, trade, worth, told } = await openPair(t, {
      pause: async (call) => asked.push(call),
    })
    const [, secret, tag] = r0.split('.')
    asked.length = 0
    for (const token of [`${sid}.${secret}.${secret}`, `${sid}.${tag}.${tag}`, `${r0}x`, '', access, sid])
      assert.deepEqual(await show(token), { kind: 'invalid' })
    assert.deepEqual(asked, [])
    assert.equal(await worth(access), 'live')
    assert.ok(await trade(r0))
    assert.equal(await told('session.ended'), 0)
    assert.deepEqual(rig.troubles, [])
  })

  for (const [carrier, other] of [
    ['cookie', 'bearer'],
    ['bearer', 'cookie'],
  ] as const) {
    it(`is one of a ${carrier} session shown as ${other}: also as reuse it ends nothing`, async (t) => {
      const { rig, r0, access, trade, worth } = await openPair(t, { carrier })
      const r1 = await trade(r0)
      const r2 = await trade(r1)
      for (const token of [r0, r1, r2])
        assert.deepEqual(await rig.rotate(token, other, FROM), { kind: 'invalid' })
      assert.equal(await worth(access), 'live')
      assert.ok(await trade(r2))
    })
  }

  it('is a well tagged one of a session that is not there, or that has none', async (t) => {
    const { rig, user, show } = await openPair(t)
    const plain = await rig.signIn(user, { carrier: 'bearer', remember: false })
    for (const sid of [plain.claims.sid, crypto.randomUUID()])
      assert.deepEqual(await show(rig.refreshTokens.first(sid)), { kind: 'invalid' })
    assert.equal((await rig.sessions.resume(plain.token)).kind, 'live')
  })
})
