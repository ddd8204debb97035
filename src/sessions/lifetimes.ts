import type { RefreshPolicy } from './refresh-window.ts'
import type { Session } from './session.ts'

/** How long things live, in seconds. */
export interface SessionPolicy extends RefreshPolicy {
  apiTokenTtlSeconds: number
  refreshTtlSeconds: number
  sessionMaxAgeSeconds: number
  rememberMaxAgeSeconds: number
}

const tokenTtl = ({ carrier }: Pick<Session, 'carrier'>, policy: SessionPolicy): number =>
  carrier === 'cookie' ? policy.tokenTtlSeconds : policy.apiTokenTtlSeconds

/** The absolute end of a session begun now. */
export const absoluteEnd = (hasRefreshToken: boolean, policy: SessionPolicy, now: number): number =>
  now + (hasRefreshToken ? policy.rememberMaxAgeSeconds : policy.sessionMaxAgeSeconds)

/** The idle end of a session that is used now: as long as a refresh token is good, or else an access token. */
export const idleEnd = (
  session: Pick<Session, 'carrier' | 'refresh' | 'endsAt'>,
  policy: SessionPolicy,
  now: number,
): number => {
  const idle = session.refresh ? policy.refreshTtlSeconds : tokenTtl(session, policy)
  return Math.min(now + idle, session.endsAt)
}

/** When an access token issued now expires: after its life, and never after its session. */
export const tokenExpiry = (
  session: Pick<Session, 'carrier' | 'expiresAt'>,
  policy: SessionPolicy,
  now: number,
): number => Math.min(now + tokenTtl(session, policy), session.expiresAt)
