import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import {
  type Algorithm,
  FEWEST_RSA_BITS,
  LEAST_RSA_EXPONENT,
  type VerifyingKey,
  WEB_CRYPTO,
} from './algorithms.ts'
import { isRoca } from './roca.ts'

const RSA_BITS_MADE_HERE = 3072
const SHORTEST_HMAC_BYTES = 32

/** A key of the ring. It verifies and signs with its one algorithm only (RFC 8725 3.1). */
export interface SigningKey extends VerifyingKey {
  signKey: CryptoKey
  /** Its public half, as JWK (RFC 7517) and as PEM; null for HS256, which has none. */
  published: { jwk: JsonWebKey & { kid: string }; pem: string } | null
  /** SHA-256 of the text it was read from: the same text is the same key. */
  digest: string
}

/** Why a key file is refused, in a sentence for the operator. It never quotes the file. */
export class KeyRefused extends Error {
  override name = 'KeyRefused'
}

/** Reads a private key from PEM. Only an RSA key leaves a choice of algorithm; throws KeyRefused. */
export function readSigningKey(kid: string, pem: string, rsa: 'RS256' | 'PS256' = 'RS256'): SigningKey {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw new KeyRefused('is not a private key in PEM form')
  }
  const alg = algorithmOf(key, rsa)
  const publicKey = createPublicKey(key)
  // One damaged letter, and what it signs nobody accepts: better found here than at the next sign-in.
  if (!isPair(key, publicKey)) throw new KeyRefused('is damaged: its two halves do not belong together')
  return {
    kid,
    alg,
    verifyKey: toCryptoKey(publicKey, alg, ['verify']),
    signKey: toCryptoKey(key, alg, ['sign']),
    published: {
      jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
      pem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    },
    digest: digestOf(alg, pem),
  }
}

function isPair(key: KeyObject, publicKey: KeyObject): boolean {
  const data = Buffer.from('latchkey')
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  try {
    return verify(hash, data, publicKey, sign(hash, data, key))
  } catch {
    return false
  }
}

/** Reads the key of HS256: 32 or more bytes in base64url. Throws KeyRefused. */
export function readHmacKey(kid: string, text: string): SigningKey {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new KeyRefused('is not base64url')
  if (bytes.length < SHORTEST_HMAC_BYTES)
    throw new KeyRefused(`has fewer than ${SHORTEST_HMAC_BYTES} bytes: make one with latchkey keys generate`)
  // One key for both; WebCrypto compares in constant time.
  const key = toCryptoKey(createSecretKey(bytes), 'HS256', ['sign', 'verify'])
  return { kid, alg: 'HS256', verifyKey: key, signKey: key, published: null, digest: digestOf('HS256', text) }
}

/** For one use, and never to be read out again. */
const toCryptoKey = (key: KeyObject, alg: Algorithm, usages: ('sign' | 'verify')[]) =>
  key.toCryptoKey(WEB_CRYPTO[alg], false, usages) as CryptoKey

const digestOf = (alg: Algorithm, text: string) =>
  createHash('sha256').update(`${alg}\n${text}`).digest('base64url')

function algorithmOf(key: KeyObject, rsa: 'RS256' | 'PS256') {
  const details = key.asymmetricKeyDetails
  switch (key.asymmetricKeyType) {
    case 'ec':
      if (details?.namedCurve !== 'prime256v1') throw new KeyRefused('is on another curve than P-256')
      return 'ES256'
    case 'ed25519':
      return 'EdDSA'
    case 'rsa':
      if ((details?.modulusLength ?? 0) < FEWEST_RSA_BITS)
        throw new KeyRefused(`is an RSA key of fewer than ${FEWEST_RSA_BITS} bits`)
      if ((details?.publicExponent ?? 0n) < LEAST_RSA_EXPONENT)
        throw new KeyRefused(`has an RSA exponent under ${LEAST_RSA_EXPONENT}`)
      if (isRoca(modulusOf(key))) throw new KeyRefused('was made by a broken generator (CVE-2017-15361)')
      return rsa
    default:
      throw new KeyRefused('is of a kind that is not supported: use P-256, Ed25519 or RSA')
  }
}

const modulusOf = (key: KeyObject) =>
  BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`)

/** The text of a new key: PEM (PKCS #8), or for HS256 random bytes in base64url. */
export async function generateKeyText(alg: Algorithm): Promise<string> {
  if (alg === 'HS256') return randomBytes(SHORTEST_HMAC_BYTES).toString('base64url')
  const make = promisify(generateKeyPair)
  const { privateKey } = await (alg === 'ES256'
    ? make('ec', { namedCurve: 'P-256' })
    : alg === 'EdDSA'
      ? make('ed25519')
      : make('rsa', { modulusLength: RSA_BITS_MADE_HERE }))
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}
