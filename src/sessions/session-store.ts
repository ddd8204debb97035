import type { EndReason, Session } from './session.ts'

export interface Revocation {
  sid: string
  reason: EndReason
  /** Epoch seconds. */
  revokedAt: number
}

/** Where sessions and the revocation log are kept. */
export interface SessionStore {
  insert(session: Session): Promise<void>
  find(sid: string): Promise<Session | null>
  /** Sessions that are live at `now`, of one user or of all, newest first. */
  listLive(now: number, userId?: string): Promise<Session[]>
  /** Moves the idle end of a session that is still live at `now`, never back; null when it is over. One conditional write. */
  extend(sid: string, expiresAt: number, now: number): Promise<Session | null>
  /** Ends a session that has not been ended: it is in the revocation log then. True for the one caller who ended it. */
  end(sid: string, reason: EndReason, now: number): Promise<boolean>
  /** Ends all of a user's sessions, as `end` does. Their sids. */
  endAll(userId: string, reason: EndReason, now: number): Promise<string[]>
  /** The revocation log from `since` on. */
  revocations(since: number): Promise<Revocation[]>
  /** Forgets sessions that expired before `before`, and were not ended since. */
  purge(before: number): Promise<void>
}
