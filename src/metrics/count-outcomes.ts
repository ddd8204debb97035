import type { CheckSignIn } from '../accounts/check-sign-in.ts'
import { QueueFull } from '../accounts/passwords.ts'
import type { Rotate } from '../sessions/rotate.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Metrics } from './metrics.ts'

/** The same, and those that the hash queue turns away are counted: the audit log does not tell of them. */
export const countBusy =
  (checkSignIn: CheckSignIn, metrics: Pick<Metrics, 'signIn'>): CheckSignIn =>
  async (...asked) => {
    try {
      return await checkSignIn(...asked)
    } catch (error) {
      if (error instanceof QueueFull) metrics.signIn('busy')
      throw error
    }
  }

/** The same, and what becomes of an access token that is to be renewed is counted. */
export function countRefreshes(sessions: Sessions, metrics: Pick<Metrics, 'refresh'>): Sessions {
  const counted =
    <A extends unknown[], O extends { kind: Parameters<Metrics['refresh']>[0] }>(
      renew: (...asked: A) => Promise<O>,
    ) =>
    async (...asked: A) => {
      const outcome = await renew(...asked)
      metrics.refresh(outcome.kind)
      return outcome
    }
  return { ...sessions, refresh: counted(sessions.refresh), renew: counted(sessions.renew) }
}

/** The same, and what becomes of a refresh token is counted. */
export const countRotations =
  (rotate: Rotate, metrics: Pick<Metrics, 'rotation'>): Rotate =>
  async (...asked) => {
    const outcome = await rotate(...asked)
    metrics.rotation(outcome.kind === 'over' && outcome.reason === 'reuse' ? 'reuse' : outcome.kind)
    return outcome
  }
