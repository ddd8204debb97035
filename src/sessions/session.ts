import type { AccountEnding } from '../accounts/account-ending.ts'
import type { User } from '../accounts/user.ts'

/** Why a session was ended before its time. */
export type EndReason =
  | 'signed-out'
  | 'ended-elsewhere'
  | 'ended-by-operator'
  | 'replaced'
  | 'reuse'
  | AccountEnding

/** What a store keeps of a session's refresh token: enough to know it and its predecessor again, not to make one. */
export interface RefreshState {
  /** Random, the session's own: without it a successor cannot be derived. */
  salt: string
  /** How many tokens there were before the current one. */
  rotation: number
  /** SHA-256, as `hashSecret` writes it. */
  currentHash: string
  previousHash: string | null
  /** When the current one was made, in epoch seconds. */
  rotatedAt: number
}

/** One sign-in on one device. Instants are epoch seconds. */
export interface Session {
  sid: string
  userId: string
  /** The user's revision at the sign-in: a session of an older one is over. */
  userRevision: number
  /** In words: `Firefox on Windows`. */
  device: string
  /** The network address of the sign-in. */
  address: string
  /** How its tokens were handed over: in cookies, or as the pair of an API client. Neither is good for the other. */
  carrier: 'cookie' | 'bearer'
  /** When the password was given; the token's `auth_time`. */
  startedAt: number
  lastSeenAt: number
  /** Its idle end: when its last access token expires, or its refresh token does. */
  expiresAt: number
  /** Its absolute end: no token outlives it. */
  endsAt: number
  /** Null when nothing but the access token renews it. */
  refresh: RefreshState | null
  endedAt: number | null
  endReason: EndReason | null
}

export const isLive = (session: Session, now: number): boolean =>
  session.endedAt === null && now < session.expiresAt && now < session.endsAt

/** Whether the device stays signed in. The pair of an API client has a refresh token too, and is not called so. */
export const isRemembered = ({ carrier, refresh }: Pick<Session, 'carrier' | 'refresh'>): boolean =>
  carrier === 'cookie' && refresh !== null

/**
 * Whether its user is still as at the sign-in: active, and of the same revision, for a change that was cut short before it
 * ended the sessions must not let them live on.
 */
export const isUnchanged = (
  user: User | null,
  { userRevision }: Pick<Session, 'userRevision'>,
): user is User => user?.status === 'active' && user.revision === userRevision
