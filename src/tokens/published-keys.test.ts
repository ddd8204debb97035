import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { createLocalJWKSet, importSPKI, jwtVerify } from 'jose'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { forgingKey, ringOf } from '../vectors/forge.testing.ts'
import type { PublishedAlgorithm } from './algorithms.ts'
import { createIssuer } from './issue.ts'
import { createPublishedKeys } from './published-keys.ts'

/** What a JWK may say, by its kind: the public members of RFC 7518 6.2.1 and 6.3.1 and RFC 8037 2, and what we add. */
const MEMBERS: Record<PublishedAlgorithm, string[]> = {
  ES256: ['kty', 'crv', 'x', 'y'],
  EdDSA: ['kty', 'crv', 'x'],
  RS256: ['kty', 'n', 'e'],
  PS256: ['kty', 'n', 'e'],
}
const PUBLISHED = Object.keys(MEMBERS) as PublishedAlgorithm[]
const ADDED = ['kid', 'alg', 'use']

const KEYS = await Promise.all(PUBLISHED.map((alg) => forgingKey(alg)))
const HMAC = await forgingKey('HS256')
const parsed = (body: string) => JSON.parse(body)

describe('T17: the published keys', () => {
  const { jwks, pems } = createPublishedKeys(ringOf([...KEYS, HMAC]))()

  for (const [i, alg] of PUBLISHED.entries()) {
    it(`of ${alg} have the public members and no other, use sig and their alg`, () => {
      const { kid } = KEYS[i] ?? assert.fail()
      const jwk = parsed(jwks.body).keys.find((key: { kid: string }) => key.kid === kid)
      assert.deepEqual(Object.keys(jwk).sort(), [...MEMBERS[alg], ...ADDED].sort())
      assert.deepEqual([jwk.alg, jwk.use], [alg, 'sig'])
    })
  }

  it('hold nothing of a private half, in any spelling', () => {
    const whole = jwks.body + pems.body
    for (const { secret, publicPem } of KEYS) {
      const privateParts = (secret as string).split('\n').filter((line) => line.length > 40)
      assert.ok(privateParts.length > 0 && publicPem !== '')
      for (const line of privateParts.filter((line) => !publicPem.includes(line)))
        assert.ok(!whole.includes(line))
    }
    assert.doesNotMatch(whole, /PRIVATE/)
    for (const { kty } of parsed(jwks.body).keys) assert.notEqual(kty, 'oct')
    const bytes = HMAC.secret as Buffer
    for (const text of [
      HMAC.kid,
      ...(['base64', 'base64url', 'hex'] as const).map((form) => bytes.toString(form)),
    ])
      assert.ok(!whole.includes(text), 'the key of HS256')
  })

  it('are each there once in both documents, oldest first', () => {
    const kids = KEYS.map(({ kid }) => kid).sort()
    assert.deepEqual(
      parsed(jwks.body).keys.map(({ kid }: { kid: string }) => kid),
      kids,
    )
    assert.equal(new Set(kids).size, PUBLISHED.length)
    assert.deepEqual(Object.keys(parsed(pems.body)), kids)
  })

  it('as PEM are the same keys as the JWK', () => {
    for (const jwk of parsed(jwks.body).keys) {
      const pem = createPublicKey(parsed(pems.body)[jwk.kid])
      assert.ok(pem.equals(createPublicKey({ key: jwk, format: 'jwk' })), jwk.alg)
    }
  })

  for (const key of KEYS) {
    it(`check a token of ours by ${key.alg}, as jose reads either document`, async () => {
      const issue = createIssuer({
        ring: ringOf([key]),
        policy: { issuer: 'https://auth.example.test', audiences: ['app'] },
        extraClaims: [],
        clock: manualClock(START),
      })
      const about = { sub: newId(), sid: newId(), auth_time: START, exp: START + 300, username: 'user1' }
      const { token } = await issue({ ...about, role: 'user', name: null, email: null })
      const now = {
        currentDate: new Date(START * 1000),
        issuer: 'https://auth.example.test',
        audience: 'app',
      }
      const set = createLocalJWKSet(parsed(jwks.body))
      assert.equal((await jwtVerify(token, set, now)).payload.username, 'user1')
      const pem = await importSPKI(parsed(pems.body)[key.kid], key.alg)
      assert.equal((await jwtVerify(token, pem, now)).protectedHeader.kid, key.kid)
      const other = createLocalJWKSet({
        keys: parsed(jwks.body).keys.filter(({ kid }: { kid: string }) => kid !== key.kid),
      })
      await assert.rejects(jwtVerify(token, other, now), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    })
  }

  it('are none where there is only a key of HS256', () => {
    const documents = createPublishedKeys(ringOf([HMAC]))()
    assert.deepEqual([documents.jwks.body, documents.pems.body], ['{"keys":[]}', '{}'])
  })
})

describe('the tags of the published keys', () => {
  const [first, second] = KEYS
  assert.ok(first && second)

  it('are strong, and of each document its own', () => {
    const { jwks, pems } = createPublishedKeys(ringOf([first]))()
    for (const { etag } of [jwks, pems]) assert.match(etag, /^"[\w-]{22}"$/)
    assert.notEqual(jwks.etag, pems.etag)
  })

  it('stay while the ring does, also over a restart, in whatever order it was read', () => {
    const published = createPublishedKeys(ringOf([first, second]))
    const before = published()
    assert.equal(published(), before, 'made anew without need')
    assert.deepEqual(createPublishedKeys(ringOf([second, first]))(), before)
  })

  it('change with a key that comes and one that goes, and come back with it', () => {
    const ring = ringOf([first])
    const published = createPublishedKeys(ring)
    const tags = () => [published().jwks.etag, published().pems.etag]
    const alone = tags()
    ring.replace([first, second])
    const both = tags()
    ring.replace([second])
    const other = tags()
    for (const i of [0, 1]) assert.equal(new Set([alone[i], both[i], other[i]]).size, 3)
    assert.deepEqual(Object.keys(parsed(published().pems.body)), [second.kid])
    ring.replace([first])
    assert.deepEqual(tags(), alone)
  })

  it('do not change with a key of HS256, which is no part of them', () => {
    const ring = ringOf([first])
    const published = createPublishedKeys(ring)
    const before = published()
    ring.replace([first, HMAC])
    assert.deepEqual(published(), before)
  })
})
