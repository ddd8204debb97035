import type { User } from '../accounts/user.ts'
import type { Clock } from '../lib/clock.ts'
import type { Claims } from '../tokens/claims.ts'
import type { IssueToken } from '../tokens/issue.ts'
import { type SessionPolicy, tokenExpiry } from './lifetimes.ts'
import { refreshFrom } from './refresh-window.ts'
import { isRemembered, type Session } from './session.ts'

/** What a browser must know of a session. Epoch seconds. */
export interface Times {
  /** When this access token expires, and from when it can be renewed. */
  expiresAt: number
  refreshFrom: number
  /** When the session ends for good. */
  endsAt: number
  /** Whether a `refresh` cookie renews it after its access token has expired. */
  remembered: boolean
}

/** An access token just issued, and the refresh token that goes with it, if any. */
export interface Grant extends Times {
  token: string
  claims: Claims
  refresh: { token: string; expiresAt: number } | null
}

export type IssueGrant = (user: User, session: Session, refreshToken?: string) => Promise<Grant>

export interface GrantNeeds {
  issue: IssueToken
  policy: SessionPolicy
  clock: Clock
}

export function createGrants({ issue, policy, clock }: GrantNeeds): IssueGrant {
  return async (user, session, refreshToken) => {
    const { token, claims } = await issue({
      sub: user.id,
      sid: session.sid,
      auth_time: session.startedAt,
      username: user.username,
      role: user.role,
      name: user.name,
      email: user.email,
      exp: tokenExpiry(session, policy, clock.now()),
    })
    return {
      token,
      claims,
      ...timesOf(claims, fixedOf(session), policy),
      refresh: refreshToken === undefined ? null : { token: refreshToken, expiresAt: session.expiresAt },
    }
  }
}

/** What of a session matters to its tokens and never changes. */
export type Fixed = Pick<Times, 'endsAt' | 'remembered'>

export const fixedOf = (session: Session): Fixed => ({
  endsAt: session.endsAt,
  remembered: isRemembered(session),
})

/** `exp` is this token's own: the session's idle end may be a later one, of another token. */
export const timesOf = ({ exp }: Claims, { endsAt, remembered }: Fixed, policy: SessionPolicy): Times => ({
  expiresAt: exp,
  refreshFrom: refreshFrom(exp, policy),
  endsAt,
  remembered,
})
