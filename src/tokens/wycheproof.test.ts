import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { verifying } from 'hono/utils/jwt/jws'
import { START } from '../testing.ts'
import { tokenPolicy as policy } from '../vectors/rig.testing.ts'
import { readCollection, skipUnless } from '../vectors/vectors.testing.ts'
import { ALGORITHMS, type Algorithm, type VerifyingKey, WEB_CRYPTO } from './algorithms.ts'
import { hasTokenForm } from './token-format.ts'
import { createTokenVerifier } from './verify.ts'

interface Group {
  comment: string
  public?: Jwk & { keys?: Jwk[] }
  private?: Jwk & { keys?: Jwk[] }
  tests: { tcId: number; comment: string; jws?: string; result: 'valid' | 'invalid' }[]
}
type Jwk = JsonWebKey & { kid?: string; use?: string; k?: string }
type Deviations = Record<string, Record<string, string> | undefined>

const known = readCollection('wycheproof/KNOWN-DEVIATIONS.json')
const skip = skipUnless(known)
const deviations = JSON.parse(known ?? '{}') as Record<string, Deviations | undefined>
const listed = (list: string, file: string, tcId: number) =>
  deviations[list]?.[file]?.[String(tcId)] !== undefined

/** A published key as the ring would hold it; null when it is for another purpose or algorithm than our keys are. */
async function ringKey({ use, key_ops: _, ...jwk }: Jwk): Promise<VerifyingKey | null> {
  const alg = jwk.alg as Algorithm
  if (!ALGORITHMS.includes(alg) || use === 'enc') return null
  const { kty, n, e, crv, x, y, k } = jwk
  const publicJwk = (alg === 'HS256' ? { kty, k } : { kty, n, e, crv, x, y }) as JsonWebKey
  const verifyKey = await crypto.subtle.importKey('jwk', publicJwk, WEB_CRYPTO[alg], false, ['verify'])
  return { kid: jwk.kid ?? 'none', alg, verifyKey }
}

/** Our form, one algorithm per key, and the library's signature: all but the rule that the content be a token of ours. */
async function isSigned(jws: string, key: VerifyingKey): Promise<boolean> {
  if (!hasTokenForm(jws)) return false
  const [header = '', payload = '', signature = ''] = jws.split('.')
  try {
    const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>
    if (alg !== key.alg || (kid ?? key.kid) !== key.kid) return false
    const signed = Buffer.from(`${header}.${payload}`)
    return await verifying(key.verifyKey, key.alg, Buffer.from(signature, 'base64url'), signed)
  } catch {
    return false
  }
}

for (const file of ['json_web_signature_test', 'json_web_crypto_test']) {
  const text = readCollection(`wycheproof/${file}.json`)
  const groups = text ? (JSON.parse(text) as { testGroups: Group[] }).testGroups : []

  describe(`Wycheproof > ${file}`, { skip }, () => {
    it('has no case that passes for a token of ours', async () => {
      for (const group of groups) {
        const keys = await keysOf(group)
        if (keys.length === 0) continue
        const { verify } = createTokenVerifier({
          ring: new Map(keys.map((key) => [key.kid, key])),
          policy,
          clock: { now: () => START },
        })
        for (const { jws } of jwsOf(group)) {
          const { kind } = await verify(jws)
          assert.ok(kind === 'malformed' || kind === 'invalid')
        }
      }
    })

    it('every signature of one of our algorithms is judged as listed', async () => {
      let [refused, taken] = [0, 0]
      for (const group of groups) {
        const [key, ...more] = await keysOf(group)
        if (!key || more.length > 0) continue
        for (const { tcId, jws, result, comment } of jwsOf(group)) {
          if (listed('broken_vectors_to_skip', file, tcId)) continue
          if (listed('invalid_vectors_that_are_key_hygiene', file, tcId)) continue
          const expected = result === 'valid' && !listed('valid_vectors_we_reject_on_purpose', file, tcId)
          assert.equal(await isSigned(jws, key), expected, `${tcId} ${comment} (${group.comment})`)
          if (expected) taken++
          else refused++
        }
      }
      if (file === 'json_web_signature_test') assert.ok(taken >= 10 && refused >= 250, `${taken}, ${refused}`)
    })
  })
}

const jwsOf = (group: Group) => group.tests.flatMap((test) => (test.jws ? [{ ...test, jws: test.jws }] : []))

async function keysOf(group: Group): Promise<VerifyingKey[]> {
  const jwk = group.public ?? group.private
  const keys = await Promise.all((jwk?.keys ?? (jwk ? [jwk] : [])).map(ringKey))
  return keys.filter((key) => key !== null)
}

describe('the examples of RFC 7520 and RFC 8037', { skip }, () => {
  const examples: [string, Algorithm][] = [
    ['jws/4_1.rsa_v15_signature', 'RS256'],
    ['jws/4_4.hmac-sha2_integrity_protection', 'HS256'],
    ['curve25519/jws', 'EdDSA'],
  ]
  for (const [name, alg] of examples) {
    it(`${name}: the signature is good, and with one other letter it is not`, async () => {
      const text = readCollection(`jose-cookbook/${name}.json`) ?? '{}'
      const { input, output } = JSON.parse(text) as { input: { key: Jwk }; output: { compact: string } }
      const key = await ringKey({ ...input.key, alg })
      assert.ok(key)
      assert.equal(await isSigned(output.compact, key), true)
      const at = output.compact.indexOf('.') + 5
      const letter = output.compact[at] === 'A' ? 'B' : 'A'
      const changed = `${output.compact.slice(0, at)}${letter}${output.compact.slice(at + 1)}`
      assert.equal(await isSigned(changed, key), false)
    })
  }
})
