import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose'
import { isId } from '../lib/id-form.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { forgingKey, ringOf } from '../vectors/forge.testing.ts'
import { AUDIENCE, tokenPolicy as policy } from '../vectors/rig.testing.ts'
import { ALGORITHMS } from './algorithms.ts'
import type { ExtraClaim } from './claims.ts'
import { type About, createIssuer } from './issue.ts'
import { NoSigningKey } from './key-ring.ts'
import { hasTokenForm } from './token-format.ts'
import { createTokenVerifier } from './verify.ts'

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

      const verifyKey = key.published ? await importJWK(key.published.jwk as JWK) : Buffer.from(key.secret)
      const { payload, protectedHeader } = await jwtVerify(token, verifyKey, {
        algorithms: [alg],
        issuer: policy.issuer,
        audience: AUDIENCE,
        currentDate: new Date(START * 1000),
        requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp', 'auth_time'],
      })
      assert.deepEqual(protectedHeader, { alg, typ: 'JWT', kid: key.kid })
      assert.deepEqual(payload, { ...claims })
      const judged = await createTokenVerifier({ ring, policy, clock }).verify(token)
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
    const { name: _, email: __, ...said } = about
    assert.deepEqual(rest, { iss: policy.issuer, aud: AUDIENCE, iat: START, ...said })
    assert.deepEqual(Object.keys(decodeProtectedHeader(token)).toSorted(), ['alg', 'kid', 'typ'])
  })

  for (const [notBefore, expected] of [
    [START - 1, START],
    [START, START],
    [START + 1, START + 1],
  ] as const)
    it(`says that it was issued ${expected - START} s from now, when it may not say before ${notBefore - START} s`, async () => {
      const ring = ringOf([await forgingKey()])
      const needs = { ring, policy, extraClaims: [], clock }
      const { token, claims } = await createIssuer({ ...needs, notBefore: () => notBefore })(about)
      assert.equal(claims.iat, expected)
      assert.equal((await createTokenVerifier(needs).verify(token)).kind, 'valid')
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

describe('an access token for several audiences', () => {
  const audiences = ['https://a.test', AUDIENCE]
  it('names them all, and is good for whoever is one of them', async () => {
    const ring = ringOf([await forgingKey()])
    const { token, claims } = await createIssuer({
      ...{ ring, policy: { ...policy, audiences }, extraClaims: [], clock },
    })(about)
    assert.deepEqual(claims.aud, audiences)
    for (const [expected, kind] of [
      [[AUDIENCE], 'valid'],
      [['x', 'https://a.test'], 'valid'],
      [['https://a.test/', 'x'], 'invalid'],
      [[], 'invalid'],
    ] as const) {
      const { verify } = createTokenVerifier({ ring, policy: { ...policy, audiences: expected }, clock })
      assert.equal((await verify(token)).kind, kind, expected.join())
    }
  })
})

describe('the name and the e-mail address of a user', () => {
  const ada = { ...about, name: 'Ada Lovelace', email: 'ada@example.org' }
  const issue = async (extraClaims: ExtraClaim[], whom = ada as About) => {
    const ring = ringOf([await forgingKey()])
    const { token, claims } = await createIssuer({ ring, policy, extraClaims, clock })(whom)
    // What is told to the caller is what the token says.
    assert.deepEqual(await createTokenVerifier({ ring, policy, clock }).verify(token), {
      kind: 'valid',
      claims,
    })
    return { token, claims: [claims.name, claims.email], names: Object.keys(claims) }
  }

  it('are said when the operator asks for them, each by itself', async () => {
    assert.deepEqual((await issue([])).claims, [undefined, undefined])
    assert.deepEqual((await issue(['name'])).claims, [ada.name, undefined])
    assert.deepEqual((await issue(['email'])).claims, [undefined, ada.email])
    assert.deepEqual((await issue(['name', 'email'])).claims, [ada.name, ada.email])
  })

  it('are left out when the user has none', async () => {
    const { names } = await issue(['name', 'email'], about)
    assert.ok(!names.includes('name') && !names.includes('email'))
  })

  it('are left out when the token would fit no cookie (ASVS 3.3.5)', async () => {
    const { token, names } = await issue(['name', 'email'], { ...ada, name: '漢'.repeat(1000) })
    assert.ok(hasTokenForm(token))
    assert.ok(!names.includes('name') && !names.includes('email'))
  })
})
