import { constants, createHmac, createPrivateKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import type { Algorithm } from '../tokens/algorithms.ts'
import { createKeyRing, type KeyRing } from '../tokens/key-ring.ts'
import { generateKeyText, readHmacKey, readSigningKey, type SigningKey } from '../tokens/signing-key.ts'

/** For tests only: signs any header and any payload, as an attacker or a careless issuer would. */

/** PEM, or the bytes of an HS256 key. */
export type Secret = string | Buffer

export interface ForgingKey extends SigningKey {
  secret: Secret
  /** Empty for HS256, which has none. */
  publicPem: string
}

/** A key for the ring whose private half the test may use. RSA has 2048 bits here, which are made sooner. */
export async function forgingKey(alg: Algorithm = 'ES256', kid = newId()): Promise<ForgingKey> {
  const rsa = alg === 'RS256' || alg === 'PS256'
  const text = rsa ? await rsaPem() : await generateKeyText(alg)
  const key = alg === 'HS256' ? readHmacKey(kid, text) : readSigningKey(kid, text, rsa ? alg : 'RS256')
  const secret = alg === 'HS256' ? Buffer.from(text, 'base64url') : text
  return { ...key, secret, publicPem: key.published?.pem ?? '' }
}

/** The id of a key that was made then. */
export const idAt = (at: number): string => {
  const time = (at * 1000).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`
}

/** A ring in which the newest key signs, whenever it was made. */
export const ringOf = (keys: SigningKey[]): KeyRing =>
  createKeyRing(keys, { leadSeconds: 0, clock: { now: () => START } })

export async function rsaPem(modulusLength = 2048, publicExponent = 65_537): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength, publicExponent })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** Text and bytes as they are, all else as JSON; in base64url. */
export const part = (content: unknown): string =>
  Buffer.from(
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
  ).toString('base64url')

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }

const SIGNERS: Record<string, (data: Buffer, secret: Secret) => Buffer> = {
  ES256: (data, pem) => sign('sha256', data, { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' }),
  EdDSA: (data, pem) => sign(null, data, createPrivateKey(pem)),
  RS1: (data, pem) => sign('sha1', data, createPrivateKey(pem)),
  RS256: (data, pem) => sign('sha256', data, createPrivateKey(pem)),
  RS512: (data, pem) => sign('sha512', data, createPrivateKey(pem)),
  PS256: (data, pem) => sign('sha256', data, { key: createPrivateKey(pem), ...pss }),
  HS256: (data, secret) => createHmac('sha256', secret).update(data).digest(),
}

/** A JWS in compact form over any header and payload, signed as `alg` with a PEM, or with a text for HMAC. */
export function forge(header: unknown, payload: unknown, secret: Secret, alg: string): string {
  const signed = `${part(header)}.${part(payload)}`
  const signer = SIGNERS[alg]
  if (!signer) throw new Error(`no signer for ${alg}`)
  return `${signed}.${signer(Buffer.from(signed), secret).toString('base64url')}`
}
