import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { Hono } from 'hono'
import { forgingKey } from '../vectors/forge.testing.ts'
import { type LatchkeyEnv, latchkey } from './index.ts'
import { holdTimers, ISSUER, releaseTimers, standIn, verifierOf } from './stand-in.testing.ts'

const APP = 'https://app.example.test'

beforeEach(holdTimers)
afterEach(releaseTimers)

async function open() {
  const stand = await standIn()
  const { verifier, worth } = verifierOf(stand, { app: APP })
  await verifier.ready()
  const app = new Hono<LatchkeyEnv>()
    .use('/notes', latchkey({ verifier }))
    .use('/admin', latchkey({ verifier, role: 'admin' }))
    .get('/*', (c) => c.text(`for ${c.get('user').username}`))
  const ask = async (headers: Record<string, string>, path = '/notes') =>
    (await app.request(path, { headers })).status
  return { stand, verifier, worth, app, ask }
}

describe('an app behind forward auth', () => {
  it('takes who asks from Remote-Assertion', async () => {
    const { stand, app, verifier } = await open()
    const { claims } = await stand.issue()
    const assertion = await stand.assertion(claims, APP)
    const answer = await app.request('/notes', { headers: { 'remote-assertion': assertion } })
    assert.deepEqual([answer.status, await answer.text()], [200, 'for user1'])
    const { sub, sid, auth_time, username, role } = claims
    const outcome = await verifier.verifyRequest({ 'remote-assertion': assertion })
    assert.ok(outcome.kind === 'live')
    const { jti: _, iat, exp, ...said } = outcome.claims
    assert.deepEqual(said, { iss: ISSUER, aud: APP, sub, sid, auth_time, username, role })
    assert.equal(exp - iat, 60)
  })

  it('and from nothing else: no cookie, no Bearer, no name that anybody could have written', async () => {
    const { stand, ask } = await open()
    const { token, claims } = await stand.issue({ audiences: [ISSUER, APP] })
    const assertion = await stand.assertion(claims, APP)
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `Bearer ${assertion}` },
      { cookie: `__Host-token=${token}` },
      { cookie: `__Host-token=${assertion}` },
      { 'remote-user': 'user1', 'remote-groups': 'admin' },
      // What a proxy sends that has nobody to tell of.
      { 'remote-assertion': '' },
      { 'remote-assertion': 'x' },
      // By its type it is no assertion, although its audience is the app.
      { 'remote-assertion': token },
    ])
      assert.equal(await ask(headers as Record<string, string>), 401, JSON.stringify(headers).slice(0, 40))
  })

  it('refuses two of them, for one the client has written', async () => {
    const { stand, app, verifier } = await open()
    const assertion = await stand.assertion((await stand.issue()).claims, APP)
    const headers = new Headers([
      ['remote-assertion', assertion],
      ['remote-assertion', assertion],
    ])
    assert.equal((await app.request('/notes', { headers })).status, 401)
    // As Node joins them.
    for (const shown of [headers, { 'remote-assertion': `${assertion}, ${assertion}` }])
      assert.deepEqual(await verifier.verifyRequest(shown), { kind: 'refused', reason: 'malformed' })
  })

  it('refuses one that was made for another app, by another key, or for another kind of token', async () => {
    const { stand, worth } = await open()
    const { claims } = await stand.issue()
    assert.equal(await worth(await stand.assertion(claims, 'https://other.example.test')), 'invalid')
    const assertion = await stand.assertion(claims, APP)
    assert.equal(await worth(assertion), 'live')
    const { worth: asAccessToken } = verifierOf(stand, { audience: APP })
    await stand.advance(0.1)
    assert.equal(await asAccessToken(assertion), 'invalid')
    const foreign = await standIn([await forgingKey()])
    assert.equal(await worth(await foreign.assertion(claims, APP)), 'invalid')
  })

  it('refuses it after its minute, and at once when the session is ended', async () => {
    const { stand, worth } = await open()
    const [ended, other] = [(await stand.issue()).claims, (await stand.issue()).claims]
    const [one, two] = [await stand.assertion(ended, APP), await stand.assertion(other, APP)]
    stand.revoke(ended.sid)
    await stand.advance(1)
    assert.deepEqual([await worth(one), await worth(two)], ['revoked', 'live'])
    await stand.advance(58)
    assert.equal(await worth(two), 'live')
    await stand.advance(1)
    assert.equal(await worth(two), 'expired')
  })

  it('asks for the keys at once when it is signed with one that is not known yet', async () => {
    const { stand, worth } = await open()
    stand.publish([await forgingKey()])
    assert.equal(await worth(await stand.assertion((await stand.issue()).claims, APP)), 'live')
  })

  it('asks for a role as any app does', async () => {
    const { stand, ask } = await open()
    const [user, admin] = [(await stand.issue()).claims, (await stand.issue({ role: 'admin' })).claims]
    assert.equal(await ask({ 'remote-assertion': await stand.assertion(user, APP) }, '/admin'), 403)
    assert.equal(await ask({ 'remote-assertion': await stand.assertion(admin, APP) }, '/admin'), 200)
  })

  it('cannot be told to look at cookies besides', () => {
    const fetch = mock.fn(() => new Promise<Response>(() => {}))
    for (const cookies of [['__Host-token'], []])
      assert.throws(() => latchkey({ issuer: ISSUER, app: APP, cookies, fetch }), /^TypeError: with app, /)
    assert.equal(fetch.mock.callCount(), 0)
  })
})
