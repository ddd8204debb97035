import { hashSecret } from '../lib/hash-secret.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Verified } from '../tokens/verify.ts'
import type { RemoteRevocations } from './remote-revocations.ts'

/** What is known of the user: the token's claims. They are frozen, for every request with this token is given the same. */
export type User = Readonly<Omit<Claims, 'aud'>> & { readonly aud: string | readonly string[] }

/** What a token is worth at this moment. It is frozen, for others are given the same. */
export type Outcome =
  | { readonly kind: 'live'; readonly claims: User }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'invalid' | 'expired' | 'revoked' }
  /** Latchkey was not heard of yet, or not for too long: nobody can know. Never take it for signed in, nor for signed out. */
  | { readonly kind: 'unavailable' }

/** What a request shows, and what it is worth. */
export type Presented = Outcome | { readonly kind: 'refused'; readonly reason: 'missing' }

export const UNAVAILABLE = Object.freeze({ kind: 'unavailable' })
export const MISSING = refused('missing')

const REFUSED = {
  malformed: refused('malformed'),
  invalid: refused('invalid'),
  expired: refused('expired'),
  revoked: refused('revoked'),
}

/** Judges what a token says by what is revoked. */
export function createJudge({ isRevoked }: Pick<RemoteRevocations, 'isRevoked'>) {
  /** By the claims that the token verifier remembers: so a session's id is hashed once, and not at each request. */
  const seen = new WeakMap<Claims, { sidHash: string; live: Outcome }>()

  function judgeSession(claims: Claims): Outcome {
    let session = seen.get(claims)
    if (!session) {
      const live = Object.freeze({ kind: 'live', claims: freeze(claims) })
      session = { sidHash: hashSecret(claims.sid), live }
      seen.set(claims, session)
    }
    return isRevoked(session.sidHash, claims.auth_time) ? REFUSED.revoked : session.live
  }

  return function judge(verified: Verified): Outcome {
    switch (verified.kind) {
      case 'valid':
        return judgeSession(verified.claims)
      case 'expired':
      case 'malformed':
      case 'invalid':
        return REFUSED[verified.kind]
      default:
        return verified satisfies never
    }
  }
}

// What one request wrote into it, all others would believe.
function freeze(claims: Claims): User {
  Object.freeze(claims.aud)
  return Object.freeze(claims)
}

function refused<R extends string>(reason: R) {
  return Object.freeze({ kind: 'refused', reason } as const)
}
