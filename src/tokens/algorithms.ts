/** What our keys sign with: one algorithm each, pinned by its file (RFC 8725 3.1). */
export const ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256', 'HS256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** Those with a public half. With HS256, whoever can check a token can make one, so its key is never published. */
export type PublishedAlgorithm = Exclude<Algorithm, 'HS256'>

export const FEWEST_RSA_BITS = 2048
export const LEAST_RSA_EXPONENT = 65_537n

/** What WebCrypto calls our algorithms when it imports a key. */
export const WEB_CRYPTO = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  HS256: { name: 'HMAC', hash: 'SHA-256' },
} as const

/** A key that checks signatures of its one algorithm. */
export interface VerifyingKey {
  kid: string
  alg: Algorithm
  verifyKey: CryptoKey
}
