import { verifying } from 'hono/utils/jwt/jws'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import type { VerifyingKey } from './algorithms.ts'
import { type Claims, isExpired, judgeClaims, type TokenPolicy } from './claims.ts'
import { hasTokenForm, readHeader, readPayload, type TokenKind } from './token-format.ts'

export type Verified =
  | { kind: 'valid'; claims: Claims }
  /** A token of ours in every other respect: good enough to end its session, never to use it. */
  | { kind: 'expired'; claims: Claims }
  | { kind: 'malformed' }
  | { kind: 'invalid' }

export interface TokenVerifier {
  /** What a token says, by its signature and claims. Whether its session was revoked is another question. */
  verify(token: string): Verified | Promise<Verified>
}

const INVALID = { kind: 'invalid' } as const
const MOST_REMEMBERED = 5000

export interface VerifierNeeds {
  /** The keys of now, by id: the very same object for as long as a key stays. */
  ring: { get(kid: string): VerifyingKey | undefined }
  policy: TokenPolicy
  clock: Clock
  /** The kind that is taken, and no other. Default: access tokens. */
  kind?: TokenKind
}

/**
 * Verifies access tokens: form, then key, then signature, then claims. A token found good is remembered by its exact
 * text, for a signature costs more than all the rest of a request; its expiry and its key are looked at each time.
 */
export function createTokenVerifier({ ring, policy, clock, kind = 'JWT' }: VerifierNeeds): TokenVerifier {
  const remembered = new BoundedMap<string, { claims: Claims; key: VerifyingKey }>(MOST_REMEMBERED)

  async function verifyAnew(token: string): Promise<Verified> {
    if (!hasTokenForm(token)) return { kind: 'malformed' }
    const header = readHeader(token, kind)
    const key = header && ring.get(header.kid)
    // One key, one algorithm: the token does not choose (RFC 8725 3.1).
    if (!key || header.alg !== key.alg || !(await isSignedBy(key, token))) return INVALID
    const judged = judgeClaims(readPayload(token), policy, clock.now())
    if (judged.kind === 'valid') remembered.set(token, { claims: judged.claims, key })
    return judged
  }

  return {
    verify(token) {
      const known = remembered.get(token)
      if (!known || ring.get(known.key.kid) !== known.key) return verifyAnew(token)
      return { kind: isExpired(known.claims, clock.now()) ? 'expired' : 'valid', claims: known.claims }
    },
  }
}

/** The signature alone: `hono/jwt` would look at the claims before it, by its own clock, and at a type of its own. */
async function isSignedBy({ verifyKey, alg }: VerifyingKey, token: string): Promise<boolean> {
  const end = token.lastIndexOf('.')
  try {
    const signature = Buffer.from(token.slice(end + 1), 'base64url')
    return await verifying(verifyKey, alg, signature, Buffer.from(token.slice(0, end)))
  } catch {
    return false
  }
}
