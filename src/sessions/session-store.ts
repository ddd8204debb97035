import type { EndReason, RefreshState, Session } from './session.ts'

export interface Revocation {
  sid: string
  reason: EndReason
  /** Epoch seconds. */
  revokedAt: number
}

/** A session that was just ended: whose it was, and when it would have been over by itself. */
export type Ended = Pick<Session, 'sid' | 'userId' | 'expiresAt'>

/** What a rotation writes. */
export type Rotation = Pick<RefreshState, 'currentHash' | 'previousHash'> & Pick<Session, 'expiresAt'>

/** Sessions that expire after `expiringAfter` and began no later than `startedUntil`, but for the one with sid `except`. */
export interface Which {
  expiringAfter: number
  startedUntil?: number | undefined
  except?: string | undefined
}

/** Where sessions and the revocation log are kept. */
export interface SessionStore {
  insert(session: Session): Promise<void>
  find(sid: string): Promise<Session | null>
  /** Sessions that are live at `now`, of one user or of all, newest first, at most `limit`. */
  listLive(now: number, userId?: string, limit?: number): Promise<Session[]>
  /** A user's sessions that are over at `now`, at most `limit`, the last one first. */
  listOver(userId: string, now: number, limit: number): Promise<Session[]>
  /** Moves the idle end of a session that is still live at `now`, never back; null when it is over. One conditional write. */
  extend(sid: string, expiresAt: number, now: number): Promise<Session | null>
  /**
   * Replaces the refresh token of a session that is still live at `now` and still has rotation number `rotation`; it has
   * the next one then. Null for whoever comes second. One conditional write.
   */
  rotate(sid: string, rotation: number, to: Rotation, now: number): Promise<Session | null>
  /** Notes that a session was in use, unless that was noted after `unlessSince`. */
  touch(sid: string, now: number, unlessSince: number): Promise<void>
  /** Ends a session that has not been ended: it is in the revocation log then. Null for all but the one who ended it. */
  end(sid: string, reason: EndReason, now: number): Promise<Ended | null>
  /** Ends all of a user's sessions that `which` tells, as `end` does. */
  endAll(userId: string, reason: EndReason, now: number, which: Which): Promise<Ended[]>
  /** The revocation log from `since` on. */
  revocations(since: number): Promise<Revocation[]>
  /** Forgets sessions that expired before `before`, and were not ended since. */
  purge(before: number): Promise<void>
}
