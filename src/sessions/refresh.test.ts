import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { START } from '../testing.ts'
import type { Claims } from '../tokens/claims.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'

const keys = [await forgingKey()]

async function open(t: TestContext) {
  const rig = await openRig({ keys })
  t.after(() => rig.close())
  const user = await rig.addUser()
  const kindOf = async (token: string) => (await rig.sessions.resume(token)).kind
  return { ...rig, user, kindOf }
}

describe('refresh', () => {
  it('is over after a change that was cut short before it ended the sessions', async (t) => {
    const { sessions, stores, signIn, clock, user } = await open(t)
    const { claims } = await signIn(user)
    await stores.users.update(user.id, { passwordHash: 'another' }, { raiseRevision: true })
    clock.advance(270)
    assert.deepEqual(await sessions.refresh(claims, FROM), { kind: 'over', reason: null })
  })

  for (const [age, kind] of [
    [0, 'too-early'],
    [269, 'too-early'],
    [270, 'renewed'],
    [299, 'renewed'],
    [300, 'expired'],
    [301, 'expired'],
  ] as const) {
    it(`is ${kind} ${age} seconds after the token was issued`, async (t) => {
      const { sessions, stores, signIn, clock, user, kindOf } = await open(t)
      const { claims } = await signIn(user)
      const before = await stores.sessions.find(claims.sid)
      clock.advance(age)
      const outcome = await sessions.refresh(claims, FROM)
      assert.equal(outcome.kind, kind)
      if (outcome.kind === 'too-early') assert.equal(outcome.refreshFrom, START + 270)
      if (outcome.kind !== 'renewed') return assert.deepEqual(await stores.sessions.find(claims.sid), before)
      const { grant } = outcome
      assert.equal(grant.expiresAt, START + age + 300)
      assert.equal(grant.endsAt, START + 43_200)
      assert.deepEqual([grant.claims.sid, grant.claims.auth_time], [claims.sid, START])
      assert.notEqual(grant.claims.jti, claims.jti)
      assert.equal(await kindOf(grant.token), 'live')
      const { expiresAt, lastSeenAt } = (await stores.sessions.find(claims.sid)) ?? assert.fail()
      assert.deepEqual([expiresAt, lastSeenAt], [grant.expiresAt, START + age])
    })
  }

  it('on time again and again stops at the absolute end, which no token outlives', async (t) => {
    const { sessions, signIn, clock, user } = await open(t)
    let claims: Claims = (await signIn(user)).claims
    const end = START + 43_200
    for (;;) {
      clock.advance(claims.exp - 1 - clock.now())
      const outcome = await sessions.refresh(claims, FROM)
      assert.equal(outcome.kind, 'renewed')
      if (outcome.kind !== 'renewed') return
      assert.ok(outcome.grant.expiresAt <= end)
      claims = outcome.grant.claims
      if (claims.exp === end) break
    }
    clock.advance(end - clock.now())
    assert.equal((await sessions.refresh(claims, FROM)).kind, 'expired')
  })

  it('follows what the store says of the absolute end, not what a token claims', async (t) => {
    const { sessions, stores, signIn, clock, user } = await open(t)
    const { claims } = await signIn(user)
    clock.advance(100_000)
    assert.deepEqual(await sessions.refresh({ ...claims, exp: clock.now() + 10 }, FROM), {
      kind: 'over',
      reason: null,
    })
    assert.equal((await stores.sessions.find(claims.sid))?.expiresAt, START + 300)
  })

  it('takes the name and role that the user has now', async (t) => {
    const { sessions, signIn, stores, clock, user } = await open(t)
    const { claims } = await signIn(user)
    await stores.users.update(user.id, { role: 'admin' })
    clock.advance(280)
    const outcome = await sessions.refresh(claims, FROM)
    assert.equal(outcome.kind === 'renewed' && outcome.grant.claims.role, 'admin')
  })

  it('is over for a user who is disabled or deleted, even where no revocation was written', async (t) => {
    const { sessions, signIn, stores, clock, user } = await open(t)
    const { claims } = await signIn(user)
    clock.advance(280)
    await stores.users.update(user.id, { status: 'disabled' })
    assert.deepEqual(await sessions.refresh(claims, FROM), { kind: 'over', reason: null })
    await stores.users.delete(user.id)
    assert.deepEqual(await sessions.refresh(claims, FROM), { kind: 'over', reason: null })
  })

  it('is over for a session that is not there or was ended, and says why', async (t) => {
    const { sessions, endings, signIn, clock, user } = await open(t)
    const { claims } = await signIn(user)
    clock.advance(280)
    assert.deepEqual(await sessions.refresh({ ...claims, sid: 'x' }, FROM), { kind: 'over', reason: null })
    await endings.one(claims.sid, 'signed-out', FROM)
    assert.deepEqual(await sessions.refresh(claims, FROM), { kind: 'over', reason: 'signed-out' })
    assert.equal(await sessions.times({ ...claims, sid: 'x' }), null)
  })
})
