import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, exportJWK, jwtVerify } from 'jose'
import { isId } from '../lib/id-form.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { forgingKey, ringOf } from '../vectors/forge.testing.ts'
import { AUDIENCE, tokenPolicy as policy } from '../vectors/rig.testing.ts'
import { ALGORITHMS } from './algorithms.ts'
import { createIssuer } from './issue.ts'
import { NoSigningKey } from './key-ring.ts'
import { hasTokenForm } from './token-format.ts'
import { createVerifier } from './verify.ts'

const clock = { now: () => START }
const about = {
  sub: newId(),
  sid: newId(),
  auth_time: START - 60,
  username: 'Zoë.O-Neil@example',
  role: 'admin' as const,
  exp: START + 300,
  name: null,
  email: null,
}

describe('an access token', () => {
  for (const alg of ALGORITHMS) {
    it(`signed with ${alg} is good for jose and for us`, async () => {
      const key = await forgingKey(alg)
      const ring = ringOf([key])
      const { token, claims } = await createIssuer({ ring, policy, extraClaims: [], clock })(about)

      const jwk = { ...(await exportJWK(createPublicKey(key.publicPem))), kid: key.kid, alg, use: 'sig' }
      const keys = createLocalJWKSet({ keys: [jwk] })
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: [alg],
        issuer: policy.issuer,
        audience: AUDIENCE,
        currentDate: new Date(START * 1000),
        requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp', 'auth_time'],
      })
      assert.deepEqual(protectedHeader, { alg, typ: 'JWT', kid: key.kid })
      assert.deepEqual(payload, { ...claims })
      const judged = await createVerifier({ ring, policy, clock }).verify(token)
      assert.deepEqual(judged, { kind: 'valid', claims })
    })
  }

  it('says exactly what it must, and nothing more', async () => {
    const ring = ringOf([await forgingKey()])
    const { token } = await createIssuer({ ring, policy, extraClaims: [], clock })(about)
    const [, payload = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const { jti, ...rest } = claims
    assert.ok(isId(String(jti)))
    assert.deepEqual(rest, { iss: policy.issuer, aud: AUDIENCE, iat: START, ...about })
    assert.deepEqual(Object.keys(decodeProtectedHeader(token)).toSorted(), ['alg', 'kid', 'typ'])
  })

  it('has an id of its own, and a form that we accept', async () => {
    const issue = createIssuer({ ring: ringOf([await forgingKey()]), policy, extraClaims: [], clock })
    const [one, two] = await Promise.all([issue(about), issue(about)])
    assert.notEqual(one.claims.jti, two.claims.jti)
    assert.ok(hasTokenForm(one.token))
  })

  it('fits a cookie also with the longest username (ASVS 3.3.5)', async () => {
    for (const alg of ['ES256', 'RS256'] as const) {
      const ring = ringOf([await forgingKey(alg)])
      const issue = createIssuer({ ring, policy, extraClaims: [], clock })
      const { token } = await issue({ ...about, username: '\u{20000}'.repeat(64) })
      assert.ok(hasTokenForm(token))
      assert.ok(`__Secure-token=${token}`.length <= 4096)
    }
  })

  it('is signed by the newest key', async () => {
    const older = await forgingKey('ES256', '018f4d7e-0000-7000-8000-000000000000')
    const newer = await forgingKey('ES256', '018f4d7e-0001-7000-8000-000000000000')
    for (const keys of [
      [older, newer],
      [newer, older],
    ]) {
      const { token } = await createIssuer({ ring: ringOf(keys), policy, extraClaims: [], clock })(about)
      assert.equal(decodeProtectedHeader(token).kid, newer.kid)
    }
  })

  it('needs a key', () => assert.throws(() => ringOf([]).signing(), NoSigningKey))
})
