import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { signing, verifying } from 'hono/utils/jwt/jws'
import { newId } from '../lib/ids.ts'
import { rsaPem } from '../vectors/forge.testing.ts'
import { readCollection, skipUnless } from '../vectors/vectors.testing.ts'
import { generateKeyText, KeyRefused, readHmacKey, readSigningKey } from './signing-key.ts'

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
const pemOf = (pair: { privateKey: { export(options: typeof pkcs8): string | Buffer } }) =>
  pair.privateKey.export(pkcs8) as string

const ecPem = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }))

async function assertRefused(pem: string, reason: RegExp): Promise<void> {
  assert.throws(
    () => readSigningKey(newId(), pem),
    (error: Error) => {
      assert.ok(error instanceof KeyRefused)
      assert.match(error.message, reason)
      assert.ok(pem.length < 20 || !error.message.includes(pem.slice(30, 50)), 'the file is quoted')
      return true
    },
  )
}

describe('a signing key', () => {
  const made = { ES256: ['ES256'], EdDSA: ['EdDSA'], RS256: ['RS256', 'PS256'] } as const
  for (const [kind, algorithms] of Object.entries(made)) {
    it(`made for ${kind} is read as one for ${algorithms.join(' or ')}, and its public half only verifies`, async () => {
      const pem = await generateKeyText(kind as keyof typeof made)
      for (const alg of algorithms) {
        const key = await readSigningKey('kid', pem, alg === 'PS256' ? 'PS256' : 'RS256')
        assert.equal(key.alg, alg)
        assert.deepEqual([key.verifyKey.type, key.verifyKey.usages], ['public', ['verify']])
        assert.deepEqual(
          [key.signKey.type, key.signKey.usages, key.signKey.extractable],
          ['private', ['sign'], false],
        )
        const bits = (key.verifyKey.algorithm as RsaHashedKeyAlgorithm).modulusLength
        assert.equal(bits, kind === 'RS256' ? 3072 : undefined)
      }
    })
  }

  it('of RSA with 2048 bits is accepted', async () => {
    assert.equal((await readSigningKey('kid', await rsaPem(2048))).alg, 'RS256')
  })

  it('is refused when its RSA modulus has fewer than 2048 bits', async () =>
    assertRefused(await rsaPem(1024), /fewer than 2048 bits/))

  it('is refused when its RSA exponent is 3', async () => assertRefused(await rsaPem(2048, 3), /exponent/))

  for (const namedCurve of ['P-384', 'P-521', 'secp256k1']) {
    it(`is refused on the curve ${namedCurve}`, () =>
      assertRefused(pemOf(generateKeyPairSync('ec', { namedCurve })), /another curve than P-256/))
  }

  it('is refused when it is of another kind', async () => {
    await assertRefused(pemOf(generateKeyPairSync('x25519')), /not supported/)
    await assertRefused(pemOf(generateKeyPairSync('ed448')), /not supported/)
    await assertRefused(pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })), /not supported/)
  })

  it('is refused when it is no private key in PEM', async () => {
    const publicPem = createPublicKey(ecPem).export({ type: 'spki', format: 'pem' }) as string
    const jwk = JSON.stringify({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' })
    for (const text of [publicPem, jwk, '', 'x', ecPem.slice(0, 80), ecPem.replace('M', 'N')]) {
      await assertRefused(text, /not a private key in PEM/)
    }
  })

  it('is refused, and by nothing but that, wherever one letter of it is damaged', async () => {
    for (const pem of [ecPem, await rsaPem(2048), pemOf(generateKeyPairSync('ed25519'))]) {
      const lines = pem.split('\n')
      for (let at = 0; at < 60; at++) {
        const body = [...(lines.slice(1, -2).join('') as string)]
        const index = Math.floor((at * body.length) / 60)
        body[index] = body[index] === 'A' ? 'B' : 'A'
        const damaged = [lines[0], body.join(''), ...lines.slice(-2)].join('\n')
        try {
          // A letter that says nothing may well be another one.
          const { signKey, verifyKey, alg } = readSigningKey('kid', damaged)
          const signature = await signing(signKey, alg, Buffer.from('x'))
          assert.ok(await verifying(verifyKey, alg, signature, Buffer.from('x')))
        } catch (error) {
          assert.ok(error instanceof KeyRefused, String(error))
        }
      }
    }
  })

  it('is refused when a passphrase protects it', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const locked = privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' }) as string
    return assertRefused(locked, /not a private key in PEM/)
  })
})

describe('a key of HS256', () => {
  it('is 32 bytes or more in base64url, and has no public half', async () => {
    for (const bytes of [32, 33, 64]) {
      const key = readHmacKey('kid', randomBytes(bytes).toString('base64url'))
      assert.deepEqual([key.kid, key.alg, key.published], ['kid', 'HS256', null])
      assert.deepEqual([key.signKey.type, key.signKey.extractable], ['secret', false])
    }
    assert.equal(Buffer.from(await generateKeyText('HS256'), 'base64url').length, 32)
  })

  const bad: [string, RegExp][] = [
    [randomBytes(31).toString('base64url'), /fewer than 32 bytes/],
    ['', /fewer than 32 bytes/],
    // The same bytes as with an A at the end, and not how they are written.
    [`${'A'.repeat(42)}B`, /not base64url/],
    [`${randomBytes(32).toString('base64url')}=`, /not base64url/],
    [`${randomBytes(32).toString('base64url')}\n`, /not base64url/],
    [`+${'A'.repeat(42)}`, /not base64url/],
    [ecPem, /not base64url/],
  ]
  for (const [text, reason] of bad) {
    it(`is refused when it is ${JSON.stringify(text.slice(0, 12))} of ${text.length} characters`, () =>
      assert.throws(() => readHmacKey('kid', text), { name: 'KeyRefused', message: reason }))
  }
})

describe('the public half of a key', () => {
  for (const alg of ['ES256', 'EdDSA', 'RS256', 'PS256'] as const) {
    it(`of ${alg} has public members only, as JWK and as PEM`, async () => {
      const pem = alg === 'RS256' || alg === 'PS256' ? await rsaPem() : await generateKeyText(alg)
      const { published } = readSigningKey('kid', pem, alg === 'PS256' ? 'PS256' : 'RS256')
      assert.ok(published)
      const members = { ES256: ['crv', 'x', 'y'], EdDSA: ['crv', 'x'], RS256: ['e', 'n'], PS256: ['e', 'n'] }
      assert.deepEqual(
        Object.keys(published.jwk).sort(),
        [...members[alg], 'alg', 'kid', 'kty', 'use'].sort(),
      )
      assert.deepEqual([published.jwk.kid, published.jwk.alg, published.jwk.use], ['kid', alg, 'sig'])
      assert.match(published.pem, /^-----BEGIN PUBLIC KEY-----/)
      assert.doesNotMatch(published.pem, /PRIVATE/)
    })
  }

  it('and what it was read from tell whether two keys are the same', async () => {
    const pem = await rsaPem()
    const [a, b, pss] = [
      readSigningKey('k', pem),
      readSigningKey('k', pem),
      readSigningKey('k', pem, 'PS256'),
    ]
    assert.equal(a.digest, b.digest)
    assert.notEqual(a.digest, pss.digest)
    assert.notEqual(a.digest, readSigningKey('k', ecPem).digest)
  })
})

interface KeyGroup {
  comment: string
  private: { keys: { kty: string; d?: string }[] }
}

const wycheproof = readCollection('wycheproof/json_web_key_test.json')

describe('a signing key > the weak keys of Wycheproof', { skip: skipUnless(wycheproof) }, () => {
  const groups = wycheproof ? (JSON.parse(wycheproof) as { testGroups: KeyGroup[] }).testGroups : []

  const refusedAs = async (comment: string): Promise<unknown> => {
    const jwk = groups.find((group) => group.comment === comment)?.private.keys[0]
    assert.ok(jwk, comment)
    let pem: string
    try {
      pem = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }).export(pkcs8) as string
    } catch {
      return 'no key at all'
    }
    try {
      readSigningKey(newId(), pem)
      return 'accepted'
    } catch (error) {
      return error instanceof KeyRefused ? error.message : error
    }
  }

  const weak: [string, RegExp][] = [
    ['keysize_too_small', /fewer than 2048 bits/],
    ['exponentOne', /exponent|no key at all/],
    ['invalid_point', /no key at all/],
    ['wrong_curve', /no key at all|another curve/],
    ['wrong_kty', /no key at all/],
  ]
  for (const [comment, reason] of weak) {
    it(`${comment} is refused`, async () => assert.match(String(await refusedAs(comment)), reason))
  }

  it('a ROCA modulus (CVE-2017-15361) is refused', async () =>
    assert.match(String(await refusedAs('jws_rsa_roca_key')), /CVE-2017-15361/))
})
