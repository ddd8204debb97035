import type { EndReason } from '../sessions/session.ts'
import type { RefreshOutcome } from '../sessions/sessions.ts'

/** All that is told of a sign-in: why it was refused would tell who has an account. */
export type SignInOutcome = 'succeeded' | 'refused' | 'busy'

/** What became of a refresh token that was shown: `reuse` when that has ended its session, now or before. */
export type RotationOutcome = 'rotated' | 'invalid' | 'over' | 'reuse'

/** What is looked at when somebody asks for the metrics, and not counted. */
export interface Watched {
  /** Sessions that are live, or null when the store does not say. */
  liveSessions(): Promise<number | null>
  /** Seconds since the revocation log was last heard of. */
  revocationLogAge(): number
  revocationWaiters(): number
  passwords: { readonly running: number; readonly waiting: number }
}

/**
 * What is measured, in words of the product. Each of them ends in a label of a few known words, so nothing is handed over that
 * says who somebody is: no name, no address, no sid, no path as it was asked.
 */
export interface Metrics {
  /** A request was answered after so many seconds. `route` is the pattern that it matched. */
  request(method: string, route: string, status: number, seconds: number): void
  signIn(outcome: SignInOutcome): void
  refresh(outcome: RefreshOutcome['kind']): void
  rotation(outcome: RotationOutcome): void
  sessionEnded(reason: EndReason): void
  /** A revocation of another node became known here, so many seconds after it was made. */
  revocationHeard(seconds: number): void
  /** A store did what it was asked, or failed, after so many seconds; null when they tell nothing of the store. */
  storeCall(store: string, operation: string, seconds: number | null, isDone: boolean): void
  /** Called once, when there is something to look at. */
  watch(watched: Watched): void
  /** Everything, as text of this type. */
  text(): Promise<string>
  readonly textType: string
}
