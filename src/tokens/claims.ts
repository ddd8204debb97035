import { z } from 'zod'
import { isId } from '../lib/ids.ts'

const id = z.string().refine(isId)
const instant = z.number().int().positive()

/** What an access token says (DESIGN.md section 5). Instants are epoch seconds. Everything is required, but for `nbf`. */
export const claimsShape = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: id,
  sid: id,
  jti: id,
  iat: instant,
  exp: z.number().positive(),
  nbf: z.number().exactOptional(),
  auth_time: instant,
  username: z.string().min(1),
  role: z.enum(['user', 'admin']),
})

export type Claims = z.infer<typeof claimsShape>

export interface TokenPolicy {
  issuer: string
  audience: string
  /** Seconds. A token that claims more is refused, whoever signed it. */
  longestTokenLifeSeconds: number
}

// Two nodes' clocks differ a little; `exp` gets no such grace.
const IAT_LEEWAY_SECONDS = 5

/** Checks the claims of a token whose signature is good: those of a token of ours and for us, `expired`, or `invalid`. */
export function judgeClaims(
  payload: unknown,
  policy: TokenPolicy,
  now: number,
): { kind: 'valid'; claims: Claims } | { kind: 'expired'; claims: Claims } | { kind: 'invalid' } {
  const parsed = claimsShape.safeParse(payload)
  if (!parsed.success) return { kind: 'invalid' }
  const claims = parsed.data
  const good =
    claims.iss === policy.issuer &&
    claims.aud === policy.audience &&
    claims.iat <= now + IAT_LEEWAY_SECONDS &&
    claims.exp > claims.iat &&
    claims.exp - claims.iat <= policy.longestTokenLifeSeconds &&
    (claims.nbf === undefined || claims.nbf <= now)
  if (!good) return { kind: 'invalid' }
  return { kind: isExpired(claims, now) ? 'expired' : 'valid', claims }
}

/** On `exp` a token is expired (RFC 7519 4.1.4). */
export const isExpired = (claims: Claims, now: number): boolean => now >= claims.exp
