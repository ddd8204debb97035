import type { UserStore } from '../accounts/user-store.ts'
import type { AuditEntry } from '../audit/event.ts'

/** A database while it takes in what another one had. */
export interface Intake {
  users: Pick<UserStore, 'any' | 'find' | 'insert'>
  /**
   * Adds entries to the audit log in their order, `unlessThere` without those that it had before. How many were added.
   */
  addEntries(entries: AuditEntry[], options: { unlessThere: boolean }): Promise<number>
}

/** Does a piece of work as one change: all of it is kept, or, when it throws, nothing. */
export type TakeIn = <T>(work: (intake: Intake) => Promise<T>) => Promise<T>
