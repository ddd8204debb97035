import type { RefreshState } from './session.ts'

/** So long after a rotation, its predecessor gets the same successor once more: parallel tabs and an honest retry. */
export const GRACE_SECONDS = 10

export type RotationDecision =
  /** The current token: its successor replaces it. */
  | 'rotate'
  /** The one before, shown again at once by parallel tabs or an honest retry: the same successor. */
  | 'repeat'
  /** The one before, later: the answer was lost. Its successor was never used, so the next one takes its place. */
  | 'replace'
  /** Any other: displaced long ago, or displaced unused. Somebody has a copy (RFC 9700 4.14.2). */
  | 'reuse'

/**
 * What becomes of a token of ours that is shown. A current token that was used would be the predecessor now, so while the
 * presented one is the predecessor, its successor was never used. The hashes need no comparison in constant time: whoever
 * can choose them has passed the tag.
 */
export function decideRotation(state: RefreshState, presentedHash: string, now: number): RotationDecision {
  if (presentedHash === state.currentHash) return 'rotate'
  if (presentedHash !== state.previousHash) return 'reuse'
  return now - state.rotatedAt <= GRACE_SECONDS ? 'repeat' : 'replace'
}
