import type { Audit } from '../audit/audit.ts'
import type { From } from '../audit/event.ts'
import type { Clock } from '../lib/clock.ts'
import { KEPT_LONGER_SECONDS, type Revocations } from './revocations.ts'
import type { EndReason } from './session.ts'
import type { Ended, SessionStore } from './session-store.ts'

const RETRY_MILLISECONDS = 1000

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
  store: Pick<SessionStore, 'end' | 'endAll' | 'epoch' | 'renewEpoch'>
  revocations: Pick<Revocations, 'presume' | 'add'>
  audit: Pick<Audit, 'recordAll'>
  clock: Clock
}

/** The one door through which sessions end before their time: written, known on this node, and in the audit log. */
export function createEndings({ store, revocations, audit, clock }: EndingsNeeds): Endings {
  /** What could not be written yet, by what it ends. */
  const unwritten = new Map<string, () => Promise<number>>()
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
        // The time of the write, not of the wish: other nodes read only the last minute of the log again.
        const now = clock.now()
        const ended = await store.end(sid, reason, now)
        if (ended) revocations.add({ sid, reason, revokedAt: now })
        if (ended) await record([ended], reason, from)
        return ended ? 1 : 0
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
        // Made good later, it must not end what was begun since.
        startedUntil ??= now
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
