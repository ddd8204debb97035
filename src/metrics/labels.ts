import type { EndReason } from '../sessions/session.ts'
import type { RefreshOutcome } from '../sessions/sessions.ts'
import type { RotationOutcome, SignInOutcome } from './metrics.ts'

/** Every word that a label may have. One that is missing here does not compile. */
type Words<W extends string> = Record<W, true>

export const SIGN_INS: Words<SignInOutcome> = { succeeded: true, refused: true, busy: true }

export const REFRESHES: Words<RefreshOutcome['kind']> = {
  renewed: true,
  'too-early': true,
  expired: true,
  over: true,
  'other-carrier': true,
  'by-refresh-token': true,
}

export const ROTATIONS: Words<RotationOutcome> = { rotated: true, invalid: true, over: true, reuse: true }

export const ENDINGS: Words<EndReason> = {
  'signed-out': true,
  'ended-elsewhere': true,
  'ended-by-operator': true,
  replaced: true,
  reuse: true,
  'password-changed': true,
  'role-changed': true,
  disabled: true,
  deleted: true,
}

export const isEndReason = (reason: string | null): reason is EndReason =>
  reason !== null && Object.hasOwn(ENDINGS, reason)
