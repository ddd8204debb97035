import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { systemClock } from '../lib/clock.ts'
import { HONOURED_WITHIN_MILLISECONDS } from '../until.testing.ts'
import { runLatchkey } from './running.testing.ts'
import { createVerifier } from './verifier.ts'

const APP = 'https://app.example.test'
const server = await runLatchkey()

/** An app behind forward auth of the running Latchkey: what an assertion is worth to it, in one word. */
async function openApp(app: string, secondsAhead = 0) {
  const clock = { now: () => systemClock.now() + secondsAhead }
  const verifier = createVerifier({ issuer: server.issuer, app, clock })
  after(() => verifier.close())
  await verifier.ready()
  return async (assertion: string) => {
    const outcome = await verifier.verify(assertion)
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  }
}

const worth = await openApp(APP)

describe('an app behind forward auth and a running Latchkey', () => {
  it('believe what was said of this app alone, and no access token, whomever that is for', async () => {
    assert.equal(await worth(await server.assertion(APP)), 'live')
    assert.equal(await worth(await server.assertion('https://other.example.test')), 'invalid')
    assert.equal(await worth(await server.assertion(server.issuer)), 'invalid')
    assert.equal(await worth((await server.signIn()).token), 'invalid')
    assert.equal(await worth((await server.issue(APP)).token), 'invalid')
  })

  it('believe it for a minute', async () => {
    const [before, later] = [await openApp(APP, 50), await openApp(APP, 60)]
    const assertion = await server.assertion(APP)
    assert.deepEqual([await before(assertion), await later(assertion)], ['live', 'expired'])
  })

  it('believe it no second longer than until she signs out', async () => {
    const { token, signOut } = await server.signIn()
    const assertion = await server.assertion(APP, token)
    assert.equal(await worth(assertion), 'live')
    await signOut()
    const until = performance.now() + HONOURED_WITHIN_MILLISECONDS
    while ((await worth(assertion)) === 'live' && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 10))
    assert.equal(await worth(assertion), 'revoked')
  })

  it('so does jose, which is told the type and the audience', async () => {
    const keys = createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`))
    const rules = { algorithms: ['ES256'], issuer: server.issuer, audience: APP, typ: 'forward-auth+jwt' }
    const { payload } = await jwtVerify(await server.assertion(APP), keys, rules)
    assert.equal(payload.username, server.username)
    const { token } = await server.issue(APP)
    await assert.rejects(jwtVerify(token, keys, rules), { claim: 'typ' })
    const other = await server.assertion('https://other.example.test')
    await assert.rejects(jwtVerify(other, keys, rules), { claim: 'aud' })
  })
})
