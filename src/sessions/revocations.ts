import type { Clock } from '../lib/clock.ts'
import type { EndReason } from './session.ts'
import type { Revocation, SessionStore } from './session-store.ts'

const POLL_MILLISECONDS = 400
// Rows commit out of order, so each poll reads the last minute again.
const OVERLAP_SECONDS = 60
const STALE_SECONDS = 5
const PURGE_EVERY_SECONDS = 60
// Kept for longer than any token lives, so that a clock set back brings no revoked token to life.
const KEPT_LONGER_SECONDS = 3600

export interface RevocationsNeeds {
  store: Pick<SessionStore, 'end' | 'endAll' | 'revocations' | 'purge'>
  clock: Clock
  /** No token lives longer, in seconds, so no revocation need be remembered longer. */
  longestTokenLifeSeconds: number
  /** Called when the log can no longer be read, with null when it can again, and when it cannot be purged. */
  onTrouble(error: unknown, doing: 'read' | 'purge'): void
}

export interface Revocations {
  /** Why a session was revoked, from memory: no round trip. Only as good as the last poll: see `isStale`. */
  reasonFor(sid: string): EndReason | undefined
  /** Whether the log has not been heard of for so long that the store itself must be asked. */
  isStale(): boolean
  /** Ends a session. True for the one caller who did. On this node it is over at once, also when the store throws. */
  revoke(sid: string, reason: EndReason): Promise<boolean>
  /** Ends all of a user's sessions. How many there were. */
  revokeAll(userId: string, reason: EndReason): Promise<number>
  /** Reads the log once. */
  poll(): Promise<void>
  /** Polls from now on. */
  follow(): void
  close(): void
}

/** The revocation log in memory: a session revoked on any node is known on this one within one poll. */
export function createRevocations({
  store,
  clock,
  longestTokenLifeSeconds,
  onTrouble,
}: RevocationsNeeds): Revocations {
  const known = new Map<string, Revocation>()
  const unwritten = new Map<string, Revocation>()
  let heardAt = Number.NEGATIVE_INFINITY
  let purgedAt = Number.NEGATIVE_INFINITY
  let inTrouble = false
  let timer: NodeJS.Timeout | undefined

  function add(revocation: Revocation): void {
    if (!known.has(revocation.sid)) known.set(revocation.sid, revocation)
  }

  async function poll(): Promise<void> {
    const now = clock.now()
    const oldest = now - longestTokenLifeSeconds - KEPT_LONGER_SECONDS
    const since = Math.max(oldest, Math.min(heardAt, now) - OVERLAP_SECONDS)
    for (const revocation of await store.revocations(since)) add(revocation)
    heardAt = now
    await writeAgain()
    if (now - purgedAt < PURGE_EVERY_SECONDS) return
    // Before the work: a purge that fails is tried again in a minute, not at every poll.
    purgedAt = now
    for (const { sid, revokedAt } of known.values()) if (revokedAt < oldest) known.delete(sid)
    await store.purge(oldest).catch((error) => onTrouble(error, 'purge'))
  }

  /** Makes good what could not be written when it was revoked. */
  async function writeAgain(): Promise<void> {
    for (const { sid, reason, revokedAt } of unwritten.values()) {
      try {
        await store.end(sid, reason, revokedAt)
      } catch {
        // The one who revoked was told; the next poll tries again.
        return
      }
      unwritten.delete(sid)
    }
  }

  async function pollAgain(): Promise<void> {
    try {
      await poll()
      if (inTrouble) onTrouble(null, 'read')
      inTrouble = false
    } catch (error) {
      // Said once, not each 400 ms.
      if (!inTrouble) onTrouble(error, 'read')
      inTrouble = true
    }
    if (timer) timer = setTimeout(pollAgain, POLL_MILLISECONDS).unref()
  }

  return {
    reasonFor: (sid) => known.get(sid)?.reason,
    isStale() {
      const age = clock.now() - heardAt
      // A clock set back must not make old news look new.
      return age > STALE_SECONDS || age < 0
    },
    async revoke(sid, reason) {
      const revocation = { sid, reason, revokedAt: clock.now() }
      // Known here whatever becomes of the write, which is made good when the store answers again.
      add(revocation)
      unwritten.set(sid, revocation)
      const ended = await store.end(sid, reason, revocation.revokedAt)
      unwritten.delete(sid)
      return ended
    },
    async revokeAll(userId, reason) {
      const revokedAt = clock.now()
      const sids = await store.endAll(userId, reason, revokedAt)
      for (const sid of sids) add({ sid, reason, revokedAt })
      return sids.length
    },
    poll,
    follow() {
      timer ??= setTimeout(pollAgain, POLL_MILLISECONDS).unref()
    },
    close() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
