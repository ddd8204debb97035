import type { From } from '../audit/event.ts'

/** A change of an account that ends all its sessions. */
export type AccountEnding = 'disabled' | 'deleted' | 'role-changed' | 'password-changed'

export type EndSessions = (userId: string, ending: AccountEnding, from: From) => Promise<unknown>
