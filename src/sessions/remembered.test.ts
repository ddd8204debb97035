import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { START } from '../testing.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'
import { handling, pairOf } from './pair.testing.ts'

const DAY = 86_400
const keys = [await forgingKey()]

async function open(t: TestContext) {
  const rig = await openRig({ keys })
  t.after(() => rig.close())
  return { rig, user: await rig.addUser(), sessionOf: handling(rig).sessionOf }
}

/** Each way to begin a session: when its access token expires, its idle end and its absolute end, in seconds from now. */
const beginnings = [
  ['cookie', false, 300, 300, 43_200],
  ['cookie', true, 300, 7 * DAY, 30 * DAY],
  ['bearer', false, 900, 900, 43_200],
  ['bearer', true, 900, 7 * DAY, 30 * DAY],
] as const

describe('a session that is begun', () => {
  for (const [carrier, remember, token, idle, absolute] of beginnings) {
    it(`by ${carrier}, ${remember ? 'with' : 'without'} a refresh token, has its times`, async (t) => {
      const { rig, user, sessionOf } = await open(t)
      const grant = await rig.signIn(user, { carrier, remember })
      assert.deepEqual([grant.expiresAt, grant.claims.exp], [START + token, START + token])
      assert.deepEqual([grant.endsAt, grant.refreshFrom], [START + absolute, START + token - 30])
      assert.equal(grant.refresh?.expiresAt, remember ? START + idle : undefined)
      assert.equal(grant.remembered, remember && carrier === 'cookie')
      const session = await sessionOf(grant.claims.sid)
      assert.equal(session.carrier, carrier)
      assert.deepEqual([session.expiresAt, session.endsAt], [START + idle, START + absolute])
      const { expiresAt, refreshFrom, endsAt, remembered } = grant
      for (const _ of ['asked', 'remembered'])
        assert.deepEqual(await rig.sessions.times(grant.claims), {
          expiresAt,
          refreshFrom,
          endsAt,
          remembered,
        })
    })
  }

  it('keeps of its refresh token what is needed to know it again, and a salt of its own', async (t) => {
    const { rig, user, sessionOf } = await open(t)
    const pairs = [1, 2, 3].map(() => rig.signIn(user, { carrier: 'bearer', remember: true }).then(pairOf))
    const salts = new Set<string>()
    for (const { sid, refresh } of await Promise.all(pairs)) {
      const state = (await sessionOf(sid)).refresh ?? assert.fail()
      salts.add(state.salt)
      assert.equal(Buffer.from(state.salt, 'base64url').length, 16)
      assert.deepEqual(state, {
        ...{ salt: state.salt, rotation: 0, currentHash: hashSecret(refresh), previousHash: null },
        rotatedAt: START,
      })
    }
    assert.equal(salts.size, 3)
  })

  it('is told to the audit log, with who, where and the session', async (t) => {
    const { rig, user } = await open(t)
    const { claims } = await rig.signIn(user, { carrier: 'bearer', remember: true })
    assert.deepEqual(await rig.audit.list({}), [
      {
        ...{ at: START, event: 'sign_in.succeeded', userId: user.id, sid: claims.sid },
        ...{ address: FROM.address, reason: null },
      },
    ])
  })

  it('for a user who was disabled meanwhile is told as refused, and has no refresh token that is good', async (t) => {
    const { rig, user } = await open(t)
    await rig.stores.users.update(user.id, { status: 'disabled' }, { raiseRevision: true })
    const beginning = { carrier: 'bearer', remember: true } as const
    assert.equal(await rig.sessions.start(user, beginning, FROM), null)
    const events = (await rig.audit.list({})).map(({ event, reason }) => [event, reason])
    assert.deepEqual(events, [
      ['sign_in.failed', 'disabled'],
      ['session.ended', 'disabled'],
    ])
    assert.deepEqual(await rig.stores.sessions.listLive(START), [])
  })
})

describe('an access token beside a refresh token', () => {
  for (const [carrier, remember, age, kind] of [
    ['cookie', true, 280, 'by-refresh-token'],
    ['bearer', true, 880, 'other-carrier'],
    ['bearer', false, 880, 'other-carrier'],
  ] as const) {
    it(`by ${carrier}, ${remember ? 'with' : 'without'} one, is not renewed in its window: ${kind}`, async (t) => {
      const { rig, user, sessionOf } = await open(t)
      const { claims, token } = await rig.signIn(user, { carrier, remember })
      rig.clock.advance(age)
      const before = await sessionOf(claims.sid)
      assert.deepEqual(await rig.sessions.refresh(claims, FROM), { kind })
      assert.deepEqual(await sessionOf(claims.sid), before)
      await rig.revocations.poll()
      assert.equal((await rig.sessions.resume(token)).kind, 'live')
    })
  }

  for (const [carrier, remember, kind] of [
    ['bearer', true, 'by-refresh-token'],
    ['cookie', false, 'other-carrier'],
    ['cookie', true, 'other-carrier'],
  ] as const) {
    it(`by ${carrier}, ${remember ? 'with' : 'without'} one, is not renewed by being shown: ${kind}`, async (t) => {
      const { rig, user, sessionOf } = await open(t)
      const { claims } = await rig.signIn(user, { carrier, remember })
      const before = await sessionOf(claims.sid)
      assert.deepEqual(await rig.sessions.renew(claims, 'bearer', FROM), { kind })
      assert.deepEqual(await sessionOf(claims.sid), before)
    })
  }

  it('has expired in its last second, whatever its session has left', async (t) => {
    const { rig, user } = await open(t)
    const { claims, token } = await rig.signIn(user, { remember: true })
    rig.clock.advance(300)
    await rig.revocations.poll()
    assert.deepEqual(await rig.sessions.refresh(claims, FROM), { kind: 'expired' })
    assert.equal((await rig.sessions.resume(token)).kind, 'expired')
  })
})
