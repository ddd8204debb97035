import type { Clock } from '../lib/clock.ts'
import type { EndReason } from './session.ts'
import type { Revocation, SessionStore } from './session-store.ts'

const POLL_MILLISECONDS = 400
// Rows commit out of order, so each poll reads the last minute again.
const OVERLAP_SECONDS = 60
const STALE_SECONDS = 5
const PRUNE_EVERY_SECONDS = 60

/** A revocation is kept for so much longer than any token lives, so that a clock set back brings none back to life. */
export const KEPT_LONGER_SECONDS = 3600

export interface RevocationsNeeds {
  store: Pick<SessionStore, 'revocations'>
  clock: Clock
  /** No token lives longer, in seconds, so no revocation need be remembered longer. */
  longestTokenLifeSeconds: number
  /** Called when the log can no longer be read, with null when it can again. */
  onTrouble(error: unknown): void
}

export interface Revocations {
  /** Why a session was revoked, from memory: no round trip. Only as good as the last poll: see `isStale`. */
  reasonFor(sid: string): EndReason | undefined
  /** Whether the log has not been heard of for so long that the store itself must be asked. */
  isStale(): boolean
  /** Makes a revocation known on this node, before the next poll would. */
  add(revocation: Revocation): void
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
  let heardAt = Number.NEGATIVE_INFINITY
  let prunedAt = Number.NEGATIVE_INFINITY
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
    if (now - prunedAt < PRUNE_EVERY_SECONDS) return
    prunedAt = now
    for (const { sid, revokedAt } of known.values()) if (revokedAt < oldest) known.delete(sid)
  }

  async function pollAgain(): Promise<void> {
    try {
      await poll()
      if (inTrouble) onTrouble(null)
      inTrouble = false
    } catch (error) {
      // Said once, not each 400 ms.
      if (!inTrouble) onTrouble(error)
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
    add,
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
