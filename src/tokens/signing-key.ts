import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { isRoca } from './roca.ts'

export const ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

const RSA_BITS_MADE_HERE = 3072
const FEWEST_RSA_BITS = 2048
const LEAST_RSA_EXPONENT = 65_537n

/** A key of the ring. It verifies and signs with its one algorithm only (RFC 8725 3.1). */
export interface SigningKey {
  kid: string
  alg: Algorithm
  publicKey: CryptoKey
  /** As a JWK with `kid` and `alg`: the form from which `hono/jwt` writes both into the header. */
  privateJwk: JsonWebKey & { kid: string; alg: Algorithm }
}

/** Why a key file is refused, in a sentence for the operator. It never quotes the file. */
export class KeyRefused extends Error {
  override name = 'KeyRefused'
}

/** What WebCrypto calls our algorithms when it imports a key. */
export const WEB_CRYPTO = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
} as const

/** Reads a private key from PEM. Only an RSA key leaves a choice of algorithm; throws KeyRefused. */
export async function readSigningKey(
  kid: string,
  pem: string,
  rsa: 'RS256' | 'PS256' = 'RS256',
): Promise<SigningKey> {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw new KeyRefused('is not a private key in PEM form')
  }
  const alg = algorithmOf(key, rsa)
  return {
    kid,
    alg,
    publicKey: await crypto.subtle.importKey('spki', spkiOf(key), WEB_CRYPTO[alg], false, ['verify']),
    privateJwk: { ...key.export({ format: 'jwk' }), kid, alg } as SigningKey['privateJwk'],
  }
}

const spkiOf = (key: KeyObject) =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }) as BufferSource

function algorithmOf(key: KeyObject, rsa: 'RS256' | 'PS256'): Algorithm {
  const details = key.asymmetricKeyDetails
  switch (key.asymmetricKeyType) {
    case 'ec':
      if (details?.namedCurve !== 'prime256v1') throw new KeyRefused('is on another curve than P-256')
      return 'ES256'
    case 'ed25519':
      return 'EdDSA'
    case 'rsa':
      if ((details?.modulusLength ?? 0) < FEWEST_RSA_BITS)
        throw new KeyRefused('is an RSA key of fewer than 2048 bits')
      if ((details?.publicExponent ?? 0n) < LEAST_RSA_EXPONENT)
        throw new KeyRefused('has an RSA exponent under 65537')
      if (isRoca(modulusOf(key))) throw new KeyRefused('was made by a broken generator (CVE-2017-15361)')
      return rsa
    default:
      throw new KeyRefused('is of a kind that is not supported: use P-256, Ed25519 or RSA')
  }
}

const modulusOf = (key: KeyObject) =>
  BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`)

/** A new private key as PEM (PKCS #8). */
export async function generatePem(alg: Algorithm): Promise<string> {
  const make = promisify(generateKeyPair)
  const { privateKey } = await (alg === 'ES256'
    ? make('ec', { namedCurve: 'P-256' })
    : alg === 'EdDSA'
      ? make('ed25519')
      : make('rsa', { modulusLength: RSA_BITS_MADE_HERE }))
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}
