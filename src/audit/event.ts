/** What the audit log tells of. */
export const AUDIT_EVENTS = [
  'sign_in.succeeded',
  'sign_in.failed',
  'session.refreshed',
  'session.ended',
  'session.all_ended',
  'refresh.reuse_detected',
  'password.changed',
  'password.refused',
  'user.added',
  'user.enabled',
  'user.disabled',
  'user.role_changed',
  'user.deleted',
] as const
export type AuditEvent = (typeof AUDIT_EVENTS)[number]

/** Where an act comes from: a request, or the command line, which has no address. */
export interface From {
  address: string | null
  /** For the program's log only. */
  requestId?: string
}

/** A line of the audit log. It names things by their ids and never holds a secret, nor a name that was typed. */
export interface AuditEntry {
  /** Epoch seconds. */
  at: number
  event: AuditEvent
  userId: string | null
  sid: string | null
  address: string | null
  /** Why, in one word such as `wrong-password` or `signed-out`. */
  reason: string | null
}
