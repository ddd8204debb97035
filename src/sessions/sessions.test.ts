import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { UserChange } from '../accounts/user-store.ts'
import { manualClock } from '../lib/clock.ts'
import { START } from '../testing.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig, type RigOptions } from '../vectors/rig.testing.ts'

const keys = [await forgingKey()]
const PLAIN = { carrier: 'cookie', remember: false } as const

async function open(t: TestContext, options: RigOptions = {}) {
  const rig = await openRig({ keys, ...options })
  t.after(() => rig.close().catch(() => {}))
  const user = await rig.addUser()
  const kindOf = async (token: string) => (await rig.sessions.resume(token)).kind
  return { ...rig, user, kindOf }
}

describe('start', () => {
  it('gives a token of the session, with its times', async (t) => {
    const { sessions, stores, user } = await open(t)
    const from = { device: 'Firefox on Linux', address: '192.0.2.7' }
    const grant = await sessions.start(user, PLAIN, from)
    assert.ok(grant)
    assert.deepEqual(
      [grant.expiresAt, grant.refreshFrom, grant.endsAt],
      [START + 300, START + 270, START + 43_200],
    )
    const { sid, sub, auth_time, username, role, exp } = grant.claims
    assert.deepEqual([sub, auth_time, username, role, exp], [user.id, START, 'User1', 'user', START + 300])
    assert.deepEqual(await stores.sessions.find(sid), {
      ...{ sid, userId: user.id, userRevision: 0, device: 'Firefox on Linux', address: '192.0.2.7' },
      ...{ startedAt: START, lastSeenAt: START, expiresAt: START + 300, endsAt: START + 43_200 },
      ...{ carrier: 'cookie', refresh: null, endedAt: null, endReason: null },
    })
    assert.deepEqual(await sessions.resume(grant.token), { kind: 'live', claims: grant.claims })
    assert.deepEqual(await sessions.times(grant.claims), {
      ...{ expiresAt: START + 300, refreshFrom: START + 270, endsAt: START + 43_200, remembered: false },
    })
  })

  it('is a session of its own each time', async (t) => {
    const { signIn, endings, user, kindOf } = await open(t)
    const [one, two] = [await signIn(user), await signIn(user)]
    assert.notEqual(one.claims.sid, two.claims.sid)
    await endings.one(one.claims.sid, 'signed-out', FROM)
    assert.equal(await kindOf(one.token), 'revoked')
    assert.equal(await kindOf(two.token), 'live')
  })

  const changes: [string, UserChange][] = [
    ['disabled', { status: 'disabled' }],
    ['given another role', { role: 'admin' }],
    ['given another password', { passwordHash: 'another' }],
  ]
  for (const [what, change] of changes) {
    it(`is refused when the user was ${what} after the password was checked`, async (t) => {
      const { sessions, stores, user } = await open(t)
      await stores.users.update(user.id, change, { raiseRevision: true })
      assert.equal(await sessions.start(user, PLAIN, FROM), null)
      assert.deepEqual(await stores.sessions.listLive(START), [])
    })
  }

  it('is refused when the user was deleted after the password was checked', async (t) => {
    const { sessions, stores, user } = await open(t)
    await stores.users.delete(user.id)
    assert.equal(await sessions.start(user, PLAIN, FROM), null)
    assert.deepEqual(await stores.sessions.listLive(START), [])
  })

  it('is not refused for a change that ends no sessions', async (t) => {
    const { accounts, signIn, user } = await open(t)
    await accounts.change(user, { email: 'user1@example.test' }, FROM)
    await signIn(user)
  })
})

describe('resume', () => {
  for (const [age, kind] of [
    [299, 'live'],
    [300, 'expired'],
    [301, 'expired'],
  ] as const) {
    it(`is ${kind} ${age} seconds after the token was issued`, async (t) => {
      const { signIn, revocations, clock, user, kindOf } = await open(t)
      const { token } = await signIn(user)
      clock.advance(age)
      await revocations.poll()
      assert.equal(await kindOf(token), kind)
    })
  }

  it('says why a session is over, also of an expired token', async (t) => {
    const { sessions, endings, signIn, clock, revocations, user } = await open(t)
    const { token, claims } = await signIn(user)
    assert.equal(await endings.one(claims.sid, 'ended-by-operator', FROM), true)
    assert.equal(await endings.one(claims.sid, 'signed-out', FROM), false)
    for (const age of [0, 400]) {
      clock.advance(age)
      await revocations.poll()
      assert.deepEqual(await sessions.resume(token), { kind: 'revoked', claims, reason: 'ended-by-operator' })
    }
  })

  it('does not ask the store while the log is fresh', async (t) => {
    const asked: string[] = []
    // That a session is in use is noted beside, and no request waits for it.
    const pause = async (call: string) => call === 'touch' || asked.push(call)
    const { signIn, clock, user, kindOf } = await open(t, { pause })
    const { token } = await signIn(user)
    asked.length = 0
    clock.advance(4)
    assert.equal(await kindOf(token), 'live')
    assert.deepEqual(asked, [])
    clock.advance(1)
    assert.equal(await kindOf(token), 'live')
    assert.deepEqual(new Set(asked), new Set(['find', 'epoch']))
  })

  for (const [age, kind] of [
    [-1, 'live'],
    [0, 'live'],
    [1, 'revoked'],
  ] as const)
    it(`is ${kind} of a token issued ${age} s before the epoch, from memory and from the store alike`, async (t) => {
      const { sessions, signIn, stores, clock, revocations, user } = await open(t)
      const { token, claims } = await signIn(user)
      const epoch = { id: 'another', at: claims.iat + age }
      Object.assign(stores.sessions, { epoch: async () => epoch })
      const expected = kind === 'live' ? { kind, claims } : { kind, claims, reason: null }
      // Stale by now, and the epoch that is known is still the old one.
      clock.advance(6)
      assert.deepEqual(await sessions.resume(token), expected)
      await revocations.poll()
      assert.deepEqual(await sessions.resume(token), expected)
    })

  it('is revoked, not expired, of an old token from before the epoch: nothing renews it', async (t) => {
    const { signIn, stores, clock, revocations, user, kindOf } = await open(t)
    const { token } = await signIn(user, { carrier: 'cookie', remember: true })
    Object.assign(stores.sessions, { epoch: async () => ({ id: 'another', at: START + 1 }) })
    clock.advance(400)
    await revocations.poll()
    assert.equal(await kindOf(token), 'revoked')
  })

  it('asks the store once the log is stale, and believes it', async (t) => {
    const { sessions, signIn, stores, clock, user, kindOf } = await open(t)
    const gone = await signIn(user)
    clock.advance(1)
    const [ended, alive] = [await signIn(user), await signIn(user)]
    await stores.sessions.end(ended.claims.sid, 'disabled', START)
    // The session that expires first is not there any more, as after a backup was put in place.
    await stores.sessions.purge(gone.expiresAt + 1)
    clock.advance(6)
    assert.deepEqual(await sessions.resume(ended.token), {
      ...{ kind: 'revoked', claims: ended.claims, reason: 'disabled' },
    })
    assert.equal(await kindOf(alive.token), 'live')
    assert.deepEqual(await sessions.resume(gone.token), {
      kind: 'revoked',
      claims: gone.claims,
      reason: null,
    })
  })

  it('lets nobody in when the log is stale and the store does not answer (GHSA-8fpg-xm3f-6cx3)', async (t) => {
    const { sessions, signIn, clock, stores, user, kindOf } = await open(t)
    const { token } = await signIn(user)
    await stores.close()
    assert.equal(await kindOf(token), 'live')
    clock.advance(6)
    await assert.rejects(Promise.resolve(sessions.resume(token)))
  })

  it('goes by what is known before it asks the store: also by an epoch that the store was put back from', async (t) => {
    const { sessions, signIn, endings, stores, clock, revocations, user } = await open(t)
    const [before, ended] = [await signIn(user), await signIn(user)]
    await endings.one(ended.claims.sid, 'signed-out', FROM)
    const old = await stores.sessions.epoch(START)
    Object.assign(stores.sessions, { epoch: async () => ({ id: 'another', at: START + 1 }) })
    await revocations.poll()
    Object.assign(stores.sessions, { epoch: async () => old })
    clock.advance(6)
    assert.deepEqual(await sessions.resume(before.token), {
      ...{ kind: 'revoked', claims: before.claims, reason: null },
    })
    await stores.close()
    for (const { token } of [before, ended]) assert.equal((await sessions.resume(token)).kind, 'revoked')
  })

  it('asks the store after the clock was set back, and revives no session that was ended', async (t) => {
    const { signIn, endings, revocations, clock, stores, user, kindOf } = await open(t)
    const [token, ended] = [await signIn(user), await signIn(user)]
    await endings.one(ended.claims.sid, 'signed-out', FROM)
    clock.advance(200)
    await revocations.poll()
    clock.advance(-120)
    await assert.doesNotReject(kindOf(token.token))
    assert.equal(await kindOf(ended.token), 'revoked')
    await stores.close()
    await assert.rejects(kindOf(token.token))
  })
})

describe('two processes on one database', () => {
  it('know of a revocation after one poll, and it is still known after a restart', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-sessions-'))
    const clock = manualClock(START)
    const one = await openRig({ keys, clock, dataDir })
    const two = await openRig({ keys, clock, dataDir })
    t.after(async () => {
      await Promise.all([one.close(), two.close()])
      await rm(dataDir, { recursive: true })
    })
    const user = await one.addUser()
    const grant = await one.signIn(user)
    assert.equal((await two.sessions.resume(grant.token)).kind, 'live')
    await one.endings.one(grant.claims.sid, 'signed-out', FROM)
    assert.equal((await one.sessions.resume(grant.token)).kind, 'revoked')
    await two.revocations.poll()
    assert.equal((await two.sessions.resume(grant.token)).kind, 'revoked')
    const three = await openRig({ keys, clock, dataDir })
    assert.equal((await three.sessions.resume(grant.token)).kind, 'revoked')
    await three.close()
    clock.advance(280)
    assert.equal((await two.sessions.refresh(grant.claims, FROM)).kind, 'over')
  })
})
