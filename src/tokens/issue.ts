import { sign } from 'hono/jwt'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Claims, TokenPolicy } from './claims.ts'
import type { KeyRing } from './key-ring.ts'

export type IssueToken = (
  about: Pick<Claims, 'sub' | 'sid' | 'auth_time' | 'username' | 'role' | 'exp'>,
) => Promise<{ token: string; claims: Claims }>

/** Signs access tokens with the ring's newest key. */
export function createIssuer({
  ring,
  policy,
  clock,
}: {
  ring: KeyRing
  policy: TokenPolicy
  clock: Clock
}): IssueToken {
  return async ({ sub, sid, auth_time, username, role, exp }) => {
    const key = ring.signing()
    const claims: Claims = {
      iss: policy.issuer,
      aud: policy.audience,
      sub,
      sid,
      jti: newId(),
      iat: clock.now(),
      exp,
      auth_time,
      username,
      role,
    }
    return { token: await sign(claims, key.privateJwk, key.alg), claims }
  }
}
