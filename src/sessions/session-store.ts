import type { EndReason, RefreshState, Session } from './session.ts'

export interface Revocation {
  sid: string
  reason: EndReason
  /** Epoch seconds. */
  revokedAt: number
}

/**
 * A life of the session store. A store that was emptied or put back has another one, and nobody knows any more which of the
 * sessions before it were ended.
 */
export interface Epoch {
  /** Random. */
  id: string
  /** When it began, in epoch seconds; 0 when no token is older. */
  at: number
}

/**
 * So long after it was made, an epoch that others may have come before begins, in seconds. Tokens say when they were issued in
 * whole seconds, so one of the very second in which a store was emptied may be older than that or not: all of that second are
 * refused, and of the one after it, for the clocks of nodes differ. Until the epoch begins sessions begin, and tokens are
 * issued, as of its beginning.
 */
export const EPOCH_LEAD_SECONDS = 2

/** Something random that a node left in a store. A store that does not have it any more was put back to an older state. */
export interface Mark {
  id: string
  /** When it was left, in epoch seconds. */
  at: number
}

/** For so long marks are kept, in seconds: whether the store has lost an older one it cannot tell. */
export const MARK_KEPT_SECONDS = 7 * 86_400

/** A session that was just ended: whose it was, and when it would have been over by itself. */
export type Ended = Pick<Session, 'sid' | 'userId' | 'expiresAt'>

/** What has come into the revocation log. */
export interface LogNews {
  epoch: Epoch
  revocations: Revocation[]
  /** How far the log has been read. Opaque to whoever keeps it. */
  place: string
  /** Whether that was all there is. If not, whoever asks does not know yet what is revoked. */
  isLast: boolean
}

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
  /** How many sessions are live at `now`. Asked while people wait, so it may not look at each of them. */
  countLive(now: number): Promise<number>
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
  /**
   * Ends a session that has not been ended: it is in the revocation log then. Null for all but the one who ended it. An engine
   * that may lose what it has said was written logs the end of a session that it does not have too, once, for a token of it
   * may live: null then all the same.
   */
  end(sid: string, reason: EndReason, now: number): Promise<Ended | null>
  /** Ends all of a user's sessions that `which` tells, as `end` does. */
  endAll(userId: string, reason: EndReason, now: number, which: Which): Promise<Ended[]>
  /** The revocation log from `since` on. */
  revocations(since: number): Promise<Revocation[]>
  /**
   * The store's epoch; where there is none, one that begins at `now`, or a little later where tokens of this very second may
   * be older than the store. Whoever asks at the same time gets the same one.
   */
  epoch(now: number): Promise<Epoch>
  /**
   * Another epoch in the place of the one with this id, so that no session of before is known any more. Whoever comes second
   * gets the one of the first. One conditional write.
   */
  renewEpoch(id: string, now: number): Promise<Epoch>
  /** Leaves a mark, if the one before it (null: there is none) is still there. Whether it was. Old ones are forgotten. */
  mark(mark: Mark, before: Mark | null): Promise<boolean>
  /** Whether a mark that was left is not there, though nobody has forgotten it for its age. */
  hasLost(mark: Mark): Promise<boolean>
  /**
   * What comes into the log after a place in it (null: from its beginning): as soon as there is something, and after a second
   * at the latest, so that it is known to answer. Left out where an engine cannot wait: its log is polled.
   */
  awaitRevocations?(after: string | null, now: number): Promise<LogNews>
  /** Forgets sessions that expired before `before`, and were not ended since. */
  purge(before: number): Promise<void>
}
