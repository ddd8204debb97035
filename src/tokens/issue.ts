import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Claims, ExtraClaim, TokenPolicy } from './claims.ts'
import type { KeyRing } from './key-ring.ts'
import { sign } from './sign.ts'
import { LONGEST_TOKEN } from './token-format.ts'

/** Whom a token is about. Of the extra claims, the token says those that the operator asks for. */
export type About = Pick<Claims, 'sub' | 'sid' | 'auth_time' | 'username' | 'role' | 'exp'> &
  Record<ExtraClaim, string | null>

export type IssueToken = (about: About) => Promise<{ token: string; claims: Claims }>

export interface IssuerNeeds {
  ring: Pick<KeyRing, 'signing'>
  policy: Pick<TokenPolicy, 'issuer' | 'audiences'>
  extraClaims: readonly ExtraClaim[]
  clock: Clock
  /** Epoch seconds before which no token may say that it was issued: it would be taken for one of a lost store. */
  notBefore?(): number
}

/** Signs access tokens with the key whose turn it is. Throws NoSigningKey. */
export function createIssuer(needs: IssuerNeeds): IssueToken {
  const { ring, policy, extraClaims, clock, notBefore = () => 0 } = needs
  const [audience = '', ...more] = policy.audiences
  const aud = more.length > 0 ? [audience, ...more] : audience

  const signed = async (claims: Claims) => sign(ring.signing(), 'JWT', claims)

  return async ({ sub, sid, auth_time, username, role, exp, ...extra }) => {
    const claims: Claims = {
      iss: policy.issuer,
      aud,
      sub,
      sid,
      jti: newId(),
      iat: Math.max(clock.now(), notBefore()),
      exp,
      auth_time,
      username,
      role,
    }
    const asked = extraClaims.flatMap((name) => (extra[name] ? [[name, extra[name]]] : []))
    const full: Claims = { ...claims, ...Object.fromEntries(asked) }
    const token = await signed(full)
    if (token.length <= LONGEST_TOKEN) return { token, claims: full }
    // A very long name must not keep somebody from signing in: what fits no cookie is left out.
    return { token: await signed(claims), claims }
  }
}
