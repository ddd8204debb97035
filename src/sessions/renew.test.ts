import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { START } from '../testing.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'

const keys = [await forgingKey()]

async function open(t: TestContext) {
  const rig = await openRig({ keys })
  t.after(() => rig.close())
  const user = await rig.addUser()
  const grant = await rig.signIn(user, { carrier: 'bearer', remember: false })
  const renew = (claims = grant.claims) => rig.sessions.renew(claims, 'bearer', FROM)
  return { rig, user, grant, renew }
}

/** The access token of a script without a refresh token: PUT /v1/auth. */
describe('an access token that a script renews', () => {
  for (const age of [0, 1, 869, 899]) {
    it(`after ${age} s is good for its whole life again, and the end stays where it was`, async (t) => {
      const { rig, grant, renew } = await open(t)
      rig.clock.advance(age)
      const renewed = await renew()
      assert.ok(renewed.kind === 'renewed')
      const { claims, endsAt, refresh } = renewed.grant
      assert.deepEqual([claims.iat, claims.exp], [START + age, START + age + 900])
      assert.deepEqual(
        [claims.sid, claims.auth_time, endsAt, refresh],
        [grant.claims.sid, START, START + 43_200, null],
      )
      assert.notEqual(claims.jti, grant.claims.jti)
    })
  }

  for (const [left, life] of [
    [901, 900],
    [900, 900],
    [899, 899],
    [1, 1],
  ] as const) {
    it(`${left} s before the end of its session lives for ${life} s`, async (t) => {
      const { rig, renew } = await open(t)
      let claims = (
        await renew().then((outcome) => (outcome.kind === 'renewed' ? outcome.grant : assert.fail()))
      ).claims
      while (START + 43_200 - left - rig.clock.now() > 0) {
        rig.clock.advance(Math.min(800, START + 43_200 - left - rig.clock.now()))
        const outcome = await renew(claims)
        assert.ok(outcome.kind === 'renewed')
        claims = outcome.grant.claims
      }
      assert.equal(claims.exp - claims.iat, life)
    })
  }

  it('is over at the end of its session, whatever was renewed', async (t) => {
    const { rig, renew } = await open(t)
    rig.clock.advance(43_200)
    assert.deepEqual(await renew(), { kind: 'over', reason: null })
  })

  it('is over when the session was ended, with the reason', async (t) => {
    const { rig, grant, renew } = await open(t)
    await rig.endings.one(grant.claims.sid, 'signed-out', FROM)
    assert.deepEqual(await renew(), { kind: 'over', reason: 'signed-out' })
  })

  it('is over when its user was disabled, changed or deleted, though nothing ended the session yet', async (t) => {
    for (const change of [{ status: 'disabled' }, { role: 'admin' }] as const) {
      const { rig, user, renew } = await open(t)
      await rig.stores.users.update(user.id, change, { raiseRevision: true })
      assert.deepEqual(await renew(), { kind: 'over', reason: null })
    }
    const { rig, user, renew } = await open(t)
    await rig.stores.users.delete(user.id)
    assert.deepEqual(await renew(), { kind: 'over', reason: null })
  })

  it('is told to the audit log', async (t) => {
    const { rig, user, grant, renew } = await open(t)
    await renew()
    const [last] = await rig.audit.list({})
    assert.deepEqual([last?.event, last?.userId, last?.sid], ['session.refreshed', user.id, grant.claims.sid])
  })
})
