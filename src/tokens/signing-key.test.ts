import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { newId } from '../lib/ids.ts'
import { rsaPem } from '../vectors/forge.testing.ts'
import { readCollection, skipUnless } from '../vectors/vectors.testing.ts'
import { generateKeyText, KeyRefused, readSigningKey } from './signing-key.ts'

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

  it('is refused when a passphrase protects it', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const locked = privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' }) as string
    return assertRefused(locked, /not a private key in PEM/)
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
