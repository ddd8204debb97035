import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { forgingKey, rsaPem } from '../vectors/forge.testing.ts'
import { importKey, readKeySet } from './read-key-set.ts'

const publicJwk = (pem: string): JsonWebKey => createPublicKey(pem).export({ format: 'jwk' }) as JsonWebKey
const es = (await forgingKey('ES256')).published?.jwk ?? assert.fail()
const ed = (await forgingKey('EdDSA')).published?.jwk ?? assert.fail()
const rs = (await forgingKey('RS256')).published?.jwk ?? assert.fail()
const ps = (await forgingKey('PS256')).published?.jwk ?? assert.fail()

const small = publicJwk(await rsaPem(2040))

const kidsOf = (...keys: unknown[]) => readKeySet(JSON.stringify({ keys }))?.map(({ kid }) => kid)

describe('a JWK Set', () => {
  it('gives its keys of each algorithm that we know, and they can be imported', async () => {
    const texts = readKeySet(JSON.stringify({ keys: [es, ed, rs, ps] })) ?? []
    assert.deepEqual(
      texts.map(({ kid, alg }) => [kid, alg]),
      [es, ed, rs, ps].map(({ kid, alg }) => [kid, alg]),
    )
    for (const text of texts) assert.equal((await importKey(text))?.verifyKey.type, 'public')
  })

  it('may have members that we do not know, and `use` may be left out', () => {
    const { use: _, ...unused } = es
    assert.deepEqual(kidsOf({ ...unused, x5t: 'x', ext: true }), [es.kid])
  })

  for (const text of [
    '',
    'x',
    '{',
    'null',
    '[]',
    '1',
    '"keys"',
    '{}',
    '{"keys":{}}',
    '{"keys":null}',
    '<html>',
  ]) {
    it(`is none: ${text || 'nothing'}`, () => assert.equal(readKeySet(text), null))
  }

  it('may be empty', () => assert.deepEqual(kidsOf(), []))

  it('leaves out, beside a good key, what is none', () => {
    const bad = [null, 1, 'x', [], {}, { kid: 'x' }, [es]]
    assert.deepEqual(kidsOf(...bad, ed), [ed.kid])
  })

  it('leaves out all keys of one id: to choose one would be a guess', () => {
    assert.deepEqual(kidsOf(es, { ...ed, kid: es.kid }, rs), [rs.kid])
    assert.deepEqual(kidsOf(es, es), [])
    assert.deepEqual(kidsOf(es, { kid: es.kid }), [])
  })

  it('is read without an error whatever it holds', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('sig', 'EC', 'RSA', 'RS256', 'ES256', 'AQAB', 'P-256'),
    )
    const names = ['kid', 'alg', 'kty', 'crv', 'use', 'n', 'e', 'x', 'y'] as const
    const key = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.array(fc.oneof(key, fc.jsonValue())), (keys) => {
        assert.ok(readKeySet(JSON.stringify({ keys })))
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void readKeySet(text)))
  })
})

describe('a key is left out', () => {
  const { alg: _, ...without } = es
  const odd = (e: string) => ({ ...rs, e })
  const cases: Record<string, unknown> = {
    'without alg (CVE-2026-22818)': without,
    'of an algorithm that is not ours': { ...rs, alg: 'RS512' },
    'of none': { ...es, alg: 'none' },
    'of an algorithm in other letters': { ...es, alg: 'es256' },
    'of a list of algorithms': { ...es, alg: ['ES256'] },
    'of a name that every object has': { ...es, alg: 'constructor' },
    'that is a secret': { kty: 'oct', k: 'c2VjcmV0', kid: 'x', alg: 'HS256', use: 'sig' },
    'that is a secret with the algorithm of another': { kty: 'oct', k: 'c2VjcmV0', kid: 'x', alg: 'ES256' },
    'of another kind than its algorithm: EC as RS256': { ...es, alg: 'RS256' },
    'of another kind than its algorithm: RSA as ES256': { ...rs, alg: 'ES256' },
    'of another kind than its algorithm: Ed25519 as ES256': { ...ed, alg: 'ES256' },
    'on another curve': { ...es, crv: 'P-384' },
    'on another curve, of EdDSA': { ...ed, crv: 'X25519' },
    'for encryption': { ...es, use: 'enc' },
    'for no use': { ...es, use: '' },
    'without an id': { ...es, kid: undefined },
    'with an empty id': { ...es, kid: '' },
    'with a number for an id': { ...es, kid: 1 },
    'without its numbers': { ...es, y: undefined },
    'with a number that is no text': { ...rs, n: 1 },
    'of RSA under 2048 bits': { ...rs, ...small },
    'of RSA under 2048 bits behind zeros': { ...rs, n: `${'A'.repeat(100)}${small.n}` },
    'of RSA with e = 1': odd('AQ'),
    'of RSA with e = 3': odd('Aw'),
    'of RSA with e = 65535': odd('__8'),
    'of RSA with an even e': odd('AQAC'),
  }
  for (const [why, key] of Object.entries(cases)) it(why, () => assert.deepEqual(kidsOf(key), []))

  it('but not RSA of 2048 bits with e = 65537', () => assert.deepEqual(kidsOf(rs), [rs.kid]))

  it('when it cannot be imported: a point beside the curve', async () => {
    const [text] = readKeySet(JSON.stringify({ keys: [{ ...es, y: es.x }] })) ?? []
    assert.equal(await importKey(text ?? assert.fail()), null)
  })

  it('but never with its private half: what is imported is public', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [text] =
      readKeySet(
        JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'x', alg: 'ES256' }] }),
      ) ?? []
    assert.equal((await importKey(text ?? assert.fail()))?.verifyKey.type, 'public')
    assert.ok(!('d' in (text?.jwk ?? {})))
  })
})
