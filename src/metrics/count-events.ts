import type { AuditEntry } from '../audit/event.ts'
import { isEndReason } from './labels.ts'
import type { Metrics } from './metrics.ts'

/** Counts those events of the audit log that are measured. Of a refused sign-in it looks at nothing but that it was. */
export function countEvent(
  { event, reason }: Pick<AuditEntry, 'event' | 'reason'>,
  metrics: Pick<Metrics, 'signIn' | 'sessionEnded'>,
): void {
  if (event === 'sign_in.succeeded') metrics.signIn('succeeded')
  if (event === 'sign_in.failed') metrics.signIn('refused')
  if (event === 'session.ended' && isEndReason(reason)) metrics.sessionEnded(reason)
}
