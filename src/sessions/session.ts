import type { AccountEnding } from '../accounts/accounts.ts'

/** Why a session was ended before its time. */
export type EndReason = 'signed-out' | 'ended-by-operator' | 'replaced' | AccountEnding

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
  /** When the password was given; the token's `auth_time`. */
  startedAt: number
  lastSeenAt: number
  /** Its idle end: when its last access token expires. */
  expiresAt: number
  /** Its absolute end: no token outlives it. */
  endsAt: number
  endedAt: number | null
  endReason: EndReason | null
}
