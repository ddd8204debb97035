import type { Audit } from '../audit/audit.ts'
import type { From } from '../audit/event.ts'
import type { Clock } from '../lib/clock.ts'
import { KEPT_LONGER_SECONDS } from '../lib/kept-longer.ts'
import type { Revocations } from './revocations.ts'
import type { EndReason } from './session.ts'
import type { Ended, SessionStore } from './session-store.ts'

const RETRY_MILLISECONDS = 1000
/**
 * A session that is there may say that it began so much later, in seconds: by the clock of another node, or with an epoch that is
 * about to begin.
 */
const MOST_AHEAD_SECONDS = 5

export interface Endings {
  /** Ends a session. True for the one caller who did. On this node it is over at once, also when the store throws. */
  one(sid: string, reason: EndReason, from: From): Promise<boolean>
  /** Ends all of a user's sessions but for `except`. How many were live. It too is made good when the store throws. */
  allOf(userId: string, reason: EndReason, from: From, except?: string): Promise<number>
  /** Ends all sessions there are, of everybody, by another epoch of the store. */
  everybodys(from: From): Promise<void>
  /** Makes good what could not be written when it was ended. It is tried each second by itself. */
  retry(): Promise<void>
  close(): void
}

export interface EndingsNeeds {
  store: Pick<SessionStore, 'find' | 'end' | 'endAll' | 'epoch' | 'renewEpoch'>
  revocations: Pick<Revocations, 'presume' | 'add'>
  audit: Pick<Audit, 'recordAll'>
  clock: Clock
}

/** What this node has ended, as it was written. */
interface Won {
  ended: Ended
  reason: EndReason
  revokedAt: number
}

/** The one door through which sessions end before their time: written, known on this node, and in the audit log. */
export function createEndings({ store, revocations, audit, clock }: EndingsNeeds): Endings {
  /** What could not be written yet, by what it ends. */
  const unwritten = new Map<string, () => Promise<number>>()
  /** When it was tried to end a session and nothing was answered, by its sid: it may be done. */
  const unanswered = new Map<string, Set<number>>()
  let timer: NodeJS.Timeout | undefined

  /** Tries it now, and each second from then on until it is done. Throws when it is not done yet. */
  async function ensure(key: string, write: () => Promise<number>): Promise<number> {
    unwritten.set(key, write)
    try {
      const ended = await write()
      // Not a later one of the same key.
      if (unwritten.get(key) === write) unwritten.delete(key)
      return ended
    } catch (error) {
      // To the end: one that never succeeds must not keep the others waiting.
      if (unwritten.delete(key)) unwritten.set(key, write)
      timer ??= setTimeout(retry, RETRY_MILLISECONDS).unref()
      throw error
    }
  }

  async function retry(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    for (const [key, write] of unwritten) {
      const isDone = await ensure(key, write).then(
        () => true,
        () => false,
      )
      // It has asked for the next attempt itself, and whoever wanted it was told.
      if (!isDone) return
    }
  }

  /**
   * Ends a session. Null when somebody else has: it is theirs to tell. When it was done at an earlier attempt and the answer
   * was lost, it is ours still, with the reason and the time that were written then.
   */
  async function endOne(sid: string, reason: EndReason): Promise<Won | null> {
    // The time of the write, not of the wish: other nodes read only the last minute of the log again.
    const now = clock.now()
    try {
      const ended = await store.end(sid, reason, now)
      if (!ended) return await wonBefore(sid)
      unanswered.delete(sid)
      return { ended, reason, revokedAt: now }
    } catch (error) {
      unanswered.set(sid, (unanswered.get(sid) ?? new Set()).add(now))
      throw error
    }
  }

  async function wonBefore(sid: string): Promise<Won | null> {
    if (!unanswered.has(sid)) return null
    const session = await store.find(sid)
    const triedAt = unanswered.get(sid)
    // Of two that find it, one.
    unanswered.delete(sid)
    if (!session?.endReason || session.endedAt === null || !triedAt?.has(session.endedAt)) return null
    return { ended: session, reason: session.endReason, revokedAt: session.endedAt }
  }

  async function record(ended: Ended[], reason: EndReason, from: From): Promise<void> {
    const whose = ended.map(({ sid, userId }) => ({ sid, userId }))
    await audit.recordAll(
      'session.ended',
      whose.map((about) => ({ ...about, reason })),
      from,
    )
    // Told here, where it is written: that may be later than it was found out.
    if (reason === 'reuse') await audit.recordAll('refresh.reuse_detected', whose, from)
  }

  return {
    async one(sid, reason, from) {
      // Known here whatever becomes of the write.
      revocations.presume({ sid, reason, revokedAt: clock.now() })
      const ended = await ensure(sid, async () => {
        const won = await endOne(sid, reason)
        if (!won) return 0
        revocations.add({ sid, reason: won.reason, revokedAt: won.revokedAt })
        await record([won.ended], won.reason, from)
        return 1
      })
      return ended === 1
    },

    allOf(userId, reason, from, except) {
      let startedUntil: number | undefined
      return ensure(`${userId} ${reason} ${except}`, async () => {
        const now = clock.now()
        // Also those that are over since a while, for as long as a clock set back could bring their tokens back to life.
        const expiringAfter = now - KEPT_LONGER_SECONDS
        const which = { startedUntil, expiringAfter, except }
        // Made good later, it must not end what was begun since, and must not miss what seems to be.
        startedUntil ??= now + MOST_AHEAD_SECONDS
        const ended = await store.endAll(userId, reason, now, which)
        for (const { sid } of ended) revocations.add({ sid, reason, revokedAt: now })
        const live = ended.filter(({ expiresAt }) => expiresAt > now)
        if (live.length > 0) await record(live, reason, from)
        return live.length
      })
    },

    async everybodys(from) {
      const now = clock.now()
      await store.renewEpoch((await store.epoch(now)).id, now)
      await audit.recordAll('session.all_ended', [{ reason: 'ended-by-operator' }], from)
    },

    retry,
    close: () => clearTimeout(timer),
  }
}
