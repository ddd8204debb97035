import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt, importJWK, type JWK, jwtVerify } from 'jose'
import { manualClock } from '../lib/clock.ts'
import { isId } from '../lib/id-form.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { ALGORITHMS } from '../tokens/algorithms.ts'
import type { Claims } from '../tokens/claims.ts'
import { NoSigningKey } from '../tokens/key-ring.ts'
import type { SigningKey } from '../tokens/signing-key.ts'
import { createTokenVerifier } from '../tokens/verify.ts'
import { forgingKey, ringOf } from '../vectors/forge.testing.ts'
import { createAssertions } from './assertions.ts'

const ISSUER = 'https://auth.example.test'
const APP = 'https://app.example.test'

const claims = (): Claims => ({
  ...{ iss: ISSUER, aud: ISSUER, sub: newId(), sid: newId(), jti: newId(), iat: START, exp: START + 300 },
  ...{
    auth_time: START - 60,
    username: 'Zoë.O-Neil@example',
    role: 'admin',
    name: 'Zoë',
    email: 'z@example.test',
  },
})

async function open(keys?: SigningKey[], notBefore?: () => number) {
  const clock = manualClock(START)
  let ring = ringOf(keys ?? [await forgingKey()])
  const assertionFor = createAssertions({
    ring: { signing: () => ring.signing(), get: (kid) => ring.get(kid) },
    issuer: ISSUER,
    clock,
    ...(notBefore && { notBefore }),
  })
  return {
    ...{ clock, assertionFor },
    use(next: SigningKey[]) {
      ring = ringOf(next)
    },
  }
}

describe('an assertion', () => {
  for (const alg of ALGORITHMS)
    it(`signed with ${alg} is good for jose and for us, and no access token`, async () => {
      const key = await forgingKey(alg)
      const { assertionFor, clock } = await open([key])
      const who = claims()
      const assertion = await assertionFor(who, APP)
      const verifyKey = key.published ? await importJWK(key.published.jwk as JWK) : Buffer.from(key.secret)
      const { payload, protectedHeader } = await jwtVerify(assertion, verifyKey, {
        ...{ algorithms: [alg], issuer: ISSUER, audience: APP, typ: 'forward-auth+jwt' },
        currentDate: new Date(START * 1000),
      })
      assert.deepEqual(protectedHeader, { alg, typ: 'forward-auth+jwt', kid: key.kid })
      const { jti, ...said } = payload
      assert.ok(isId(String(jti)))
      const { sub, sid, auth_time, username, role } = who
      // Not the name and the e-mail, which are in headers of their own.
      assert.deepEqual(said, {
        ...{ iss: ISSUER, aud: APP, sub, sid, iat: START, exp: START + 60, auth_time, username, role },
      })
      const policy = { issuer: ISSUER, audiences: [APP], longestTokenLifeSeconds: 900 }
      const needs = { ring: ringOf([key]), policy, clock }
      assert.equal(
        (await createTokenVerifier({ ...needs, kind: 'forward-auth+jwt' }).verify(assertion)).kind,
        'valid',
      )
      assert.equal((await createTokenVerifier(needs).verify(assertion)).kind, 'invalid')
    })

  it('is given again for half a minute, and so lives half a minute more at least', async () => {
    const { assertionFor, clock } = await open()
    const who = claims()
    const first = await assertionFor(who, APP)
    clock.advance(29)
    assert.equal(await assertionFor(who, APP), first)
    clock.advance(1)
    const second = await assertionFor(who, APP)
    assert.notEqual(second, first)
    assert.equal(decodeJwt(second).exp, START + 90)
  })

  it('is one for each app and for each token', async () => {
    const { assertionFor } = await open()
    const [one, other] = [claims(), claims()]
    const all = [assertionFor(one, APP), assertionFor(one, ISSUER), assertionFor(other, APP)]
    assert.equal(new Set(await Promise.all(all)).size, 3)
    assert.equal(await assertionFor(one, APP), await all[0])
  })

  it('is signed once for all who ask at the same time', async () => {
    const { assertionFor } = await open()
    const who = claims()
    const all = await Promise.all(Array.from({ length: 20 }, () => assertionFor(who, APP)))
    assert.equal(new Set(all).size, 1)
  })

  it('is made anew as soon as its key is removed', async () => {
    const [old, next] = [await forgingKey(), await forgingKey()]
    const { assertionFor, use } = await open([old])
    const who = claims()
    const first = await assertionFor(who, APP)
    use([next])
    const second = await assertionFor(who, APP)
    assert.notEqual(second, first)
  })

  it('is made anew when another key has come in its place, under the same id', async () => {
    const old = await forgingKey()
    const { assertionFor, use } = await open([old])
    const who = claims()
    const first = await assertionFor(who, APP)
    use([await forgingKey('ES256', old.kid)])
    assert.notEqual(await assertionFor(who, APP), first)
  })

  it('that could not be signed is tried again, and not remembered', async () => {
    const key = await forgingKey()
    const { signKey } = key
    // With this half nothing can be signed.
    key.signKey = key.verifyKey
    const { assertionFor } = await open([key])
    const who = claims()
    await assert.rejects(async () => assertionFor(who, APP))
    key.signKey = signKey
    assert.equal(decodeJwt(await assertionFor(who, APP)).aud, APP)
  })

  it('is not given without a key, nor one that was made before', async () => {
    const { assertionFor, use } = await open()
    const who = claims()
    await assertionFor(who, APP)
    use([])
    assert.throws(() => assertionFor(who, APP), NoSigningKey)
  })

  it('never says that it is of before the epoch of the store', async () => {
    const { assertionFor } = await open(undefined, () => START + 2)
    const { iat, exp } = decodeJwt(await assertionFor(claims(), APP))
    assert.deepEqual([iat, exp], [START + 2, START + 62])
  })

  it('is remembered for some apps of a session only, however many hosts are made up', async () => {
    const { assertionFor } = await open()
    const who = claims()
    const first = await assertionFor(who, 'https://0.example.test')
    for (let n = 1; n <= 20; n++) await assertionFor(who, `https://${n}.example.test`)
    assert.notEqual(await assertionFor(who, 'https://0.example.test'), first)
  })
})
