import type { AuditEntry, AuditEvent } from './event.ts'

export interface AuditQuery {
  userId?: string
  /** This event alone. */
  only?: AuditEvent
  /** Events to leave out. */
  without?: readonly AuditEvent[]
  /** At most so many, the newest; all when nothing is said. */
  limit?: number
}

/** Where the audit log is kept. */
export interface AuditStore {
  /** Adds entries in their order. */
  insert(entries: AuditEntry[]): Promise<void>
  /** The last one written first. */
  list(query: AuditQuery): Promise<AuditEntry[]>
  /** All of it, the first one written first, a page at a time: it may be more than fits into memory. */
  pages(): AsyncIterable<AuditEntry[]>
  /** Forgets what happened before `before`. */
  purge(before: number): Promise<void>
}
