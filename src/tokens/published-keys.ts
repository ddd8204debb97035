import { createHash } from 'node:crypto'
import type { KeyRing } from './key-ring.ts'
import type { SigningKey } from './signing-key.ts'

/** For so long anybody may go on using the documents they have, without asking again. */
export const KEPT_SECONDS = 300

/** A document of public keys, with a tag that changes when it does. */
export interface KeyDocument {
  body: string
  etag: string
}

export interface PublishedKeys {
  /** A JWK Set (RFC 7517 5). */
  jwks: KeyDocument
  /** Each key as PEM, by its id, for those who have no use for JWK. */
  pems: KeyDocument
}

/** The public halves of the ring's keys, made anew only when a key comes or goes. A key of HS256 is never among them. */
export function createPublishedKeys(ring: Pick<KeyRing, 'all'>): () => PublishedKeys {
  let madeOf: readonly SigningKey[] | undefined
  let documents: PublishedKeys
  return () => {
    const keys = ring.all()
    if (keys !== madeOf) {
      const published = keys.flatMap(({ published }) => published ?? [])
      documents = {
        jwks: document({ keys: published.map(({ jwk }) => jwk) }),
        pems: document(Object.fromEntries(published.map(({ jwk, pem }) => [jwk.kid, pem]))),
      }
      madeOf = keys
    }
    return documents
  }
}

function document(value: unknown): KeyDocument {
  const body = JSON.stringify(value)
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
