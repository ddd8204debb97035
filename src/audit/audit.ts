import type { Clock } from '../lib/clock.ts'
import type { AuditQuery, AuditStore } from './audit-store.ts'
import type { AuditEntry, AuditEvent, From } from './event.ts'

/** What an event is about. */
export type About = Partial<Pick<AuditEntry, 'userId' | 'sid' | 'reason'>>

export interface Audit {
  /** Writes down what happened. Never throws: what was done is done, and whoever signs out must not be kept from it. */
  record(event: AuditEvent, about: About, from: From): Promise<void>
  /** The same event of many things, at the price of one. */
  recordAll(event: AuditEvent, abouts: About[], from: From): Promise<void>
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>
  /** Forgets what happened before `before`, in epoch seconds. */
  purge(before: number): Promise<void>
}

export interface AuditNeeds {
  store: AuditStore
  clock: Clock
  /** Called with each event, for the program's log. */
  onEvent(entry: AuditEntry, from: From): void
  /** Called when an event could not be kept. */
  onTrouble(error: unknown, event: AuditEvent): void
}

/** The audit log: who signed in, from where, what ended and why. */
export function createAudit({ store, clock, onEvent, onTrouble }: AuditNeeds): Audit {
  async function recordAll(event: AuditEvent, abouts: About[], from: From): Promise<void> {
    const entries = abouts.map(({ userId = null, sid = null, reason = null }) => ({
      ...{ at: clock.now(), event, userId, sid, address: from.address, reason },
    }))
    for (const entry of entries) onEvent(entry, from)
    await store.insert(entries).catch((error) => onTrouble(error, event))
  }

  return {
    record: (event, about, from) => recordAll(event, [about], from),
    recordAll,
    list: (query) => store.list(query),
    purge: (before) => store.purge(before),
  }
}
