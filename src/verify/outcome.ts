import { hashSecret } from '../lib/hash-secret.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Verified } from '../tokens/verify.ts'
import type { RemoteRevocations } from './remote-revocations.ts'

/** What is known of the user: the token's claims. They are frozen, for every request with this token is given the same. */
export type User = Readonly<Claims>

/** What a token is worth at this moment. */
export type Outcome =
  | { kind: 'live'; claims: User }
  | { kind: 'refused'; reason: 'malformed' | 'invalid' | 'expired' | 'revoked' }
  /** Latchkey was not heard of yet, or not for too long: nobody can know. Never take it for signed in, nor for signed out. */
  | { kind: 'unavailable' }

export const UNAVAILABLE = { kind: 'unavailable' } as const

const REFUSED = {
  malformed: { kind: 'refused', reason: 'malformed' },
  invalid: { kind: 'refused', reason: 'invalid' },
  expired: { kind: 'refused', reason: 'expired' },
  revoked: { kind: 'refused', reason: 'revoked' },
} as const

/** Judges what a token says by what is revoked. */
export function createJudge({ isRevoked }: Pick<RemoteRevocations, 'isRevoked'>) {
  /** By the claims that the token verifier remembers: so a session's id is hashed once, and not at each request. */
  const seen = new WeakMap<Claims, { sidHash: string; live: Outcome }>()

  function judgeSession(claims: Claims): Outcome {
    let session = seen.get(claims)
    if (!session) {
      session = { sidHash: hashSecret(claims.sid), live: { kind: 'live', claims: freeze(claims) } }
      seen.set(claims, session)
    }
    return isRevoked(session.sidHash, claims.iat) ? REFUSED.revoked : session.live
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
