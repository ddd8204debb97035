import { isId } from '../lib/id-form.ts'

/** What an access token says (DESIGN.md section 5). Instants are epoch seconds. */
export interface Claims {
  iss: string
  /** One audience, or several (RFC 7519 4.1.3). */
  aud: string | string[]
  sub: string
  sid: string
  jti: string
  iat: number
  exp: number
  nbf?: number
  auth_time: number
  username: string
  role: 'user' | 'admin'
  name?: string
  email?: string
}

/** Claims that a token has only where the operator asks for them, and the user has them. */
export const EXTRA_CLAIMS = ['name', 'email'] as const
export type ExtraClaim = (typeof EXTRA_CLAIMS)[number]

export interface TokenPolicy {
  issuer: string
  /** A token must be for one of these. */
  audiences: readonly string[]
  /** Seconds. A token that claims more is refused, whoever signed it. */
  longestTokenLifeSeconds: number
}

type Judge = (value: unknown) => boolean

const isText: Judge = (value) => typeof value === 'string' && value !== ''
const isIdText: Judge = (value) => typeof value === 'string' && isId(value)
const isInstant: Judge = (value) => Number.isSafeInteger(value) && (value as number) > 0

// Written by hand and not by zod, for apps that check tokens have no zod of ours.
const FORMS: Record<keyof Claims, Judge> = {
  iss: isText,
  aud: (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  sub: isIdText,
  sid: isIdText,
  jti: isIdText,
  iat: isInstant,
  exp: (value) => Number.isFinite(value) && (value as number) > 0,
  nbf: Number.isFinite,
  auth_time: isInstant,
  username: isText,
  role: (value) => value === 'user' || value === 'admin',
  name: isText,
  email: isText,
}
const OPTIONAL: readonly string[] = ['nbf', ...EXTRA_CLAIMS] satisfies (keyof Claims)[]

// Two nodes' clocks differ a little; `exp` gets no such grace.
const IAT_LEEWAY_SECONDS = 5

/** Checks the claims of a token whose signature is good: those of a token of ours and for us, `expired`, or `invalid`. */
export function judgeClaims(
  payload: unknown,
  policy: TokenPolicy,
  now: number,
): { kind: 'valid'; claims: Claims } | { kind: 'expired'; claims: Claims } | { kind: 'invalid' } {
  const claims = readClaims(payload)
  if (!claims) return { kind: 'invalid' }
  const good =
    claims.iss === policy.issuer &&
    [claims.aud].flat().some((audience) => policy.audiences.includes(audience)) &&
    claims.iat <= now + IAT_LEEWAY_SECONDS &&
    claims.exp > claims.iat &&
    claims.exp - claims.iat <= policy.longestTokenLifeSeconds &&
    (claims.nbf === undefined || claims.nbf <= now)
  if (!good) return { kind: 'invalid' }
  return { kind: isExpired(claims, now) ? 'expired' : 'valid', claims }
}

/** The claims that we know, each of its form; null when one that must be there is not. What we do not know is left out. */
function readClaims(payload: unknown): Claims | null {
  if (typeof payload !== 'object' || payload === null) return null
  const claims: Record<string, unknown> = {}
  for (const [name, isGood] of Object.entries(FORMS)) {
    if (!Object.hasOwn(payload, name) && OPTIONAL.includes(name)) continue
    const value = Object.hasOwn(payload, name) ? (payload as Record<string, unknown>)[name] : undefined
    if (!isGood(value)) return null
    claims[name] = value
  }
  return claims as unknown as Claims
}

/** On `exp` a token is expired (RFC 7519 4.1.4). */
export const isExpired = (claims: Claims, now: number): boolean => now >= claims.exp
