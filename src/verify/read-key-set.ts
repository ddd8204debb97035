import {
  FEWEST_RSA_BITS,
  LEAST_RSA_EXPONENT,
  type PublishedAlgorithm,
  type VerifyingKey,
  WEB_CRYPTO,
} from '../tokens/algorithms.ts'

/** A key of a JWK Set that may check tokens, not yet imported. */
export interface KeyText {
  kid: string
  alg: PublishedAlgorithm
  /** Its kind and its public numbers, and nothing else of what was written. */
  jwk: JsonWebKey
}

const KINDS: Record<
  PublishedAlgorithm,
  { kty: string; crv?: string; numbers: readonly (keyof JsonWebKey)[] }
> = {
  ES256: { kty: 'EC', crv: 'P-256', numbers: ['x', 'y'] },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', numbers: ['x'] },
  RS256: { kty: 'RSA', numbers: ['n', 'e'] },
  PS256: { kty: 'RSA', numbers: ['n', 'e'] },
}

/**
 * The keys of a JWK Set (RFC 7517 5) that may check tokens; null when it is no JWK Set. A key names its one algorithm, is of
 * its kind, for signatures, and has an id that no other key of the set has; any other is left out. One with a secret never passes.
 */
export function readKeySet(text: string): KeyText[] | null {
  const set = parse(text)
  if (!isObject(set) || !Array.isArray(set.keys)) return null
  const kids = set.keys.map((key) => (isObject(key) ? key.kid : undefined))
  return set.keys.flatMap((key, index) => {
    const isAlone = kids.indexOf(kids[index]) === kids.lastIndexOf(kids[index])
    // Two keys of one id are a mistake, and to choose one would be a guess.
    return (isAlone && isObject(key) && readKey(key)) || []
  })
}

function readKey({ kid, alg, use, kty, crv, ...members }: Record<string, unknown>): KeyText | null {
  if (typeof kid !== 'string' || kid === '' || !isAlgorithm(alg)) return null
  const kind = KINDS[alg]
  if (kty !== kind.kty || crv !== kind.crv || (use !== undefined && use !== 'sig')) return null
  const jwk: JsonWebKey = { kty: kind.kty, ...(kind.crv && { crv: kind.crv }) }
  for (const name of kind.numbers) {
    const value = members[name]
    if (typeof value !== 'string' || value === '') return null
    Object.assign(jwk, { [name]: value })
  }
  return kty === 'RSA' && !isStrongRsa(jwk) ? null : { kid, alg, jwk }
}

/** A key for WebCrypto, for checking alone; null when its numbers are none of a key, such as a point beside the curve. */
export async function importKey({ kid, alg, jwk }: KeyText): Promise<VerifyingKey | null> {
  try {
    return {
      kid,
      alg,
      verifyKey: await crypto.subtle.importKey('jwk', jwk, WEB_CRYPTO[alg], false, ['verify']),
    }
  } catch {
    return null
  }
}

const isAlgorithm = (alg: unknown): alg is PublishedAlgorithm =>
  typeof alg === 'string' && Object.hasOwn(KINDS, alg)

function isStrongRsa({ n = '', e = '' }: JsonWebKey): boolean {
  const exponent = numberOf(e)
  return (
    numberOf(n).toString(2).length >= FEWEST_RSA_BITS &&
    exponent >= LEAST_RSA_EXPONENT &&
    exponent % 2n === 1n
  )
}

const numberOf = (text: string) => BigInt(`0x0${Buffer.from(text, 'base64url').toString('hex')}`)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
