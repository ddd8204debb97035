import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../../lib/clock.ts'
import { type Answers, CHALLENGE } from '../answers.ts'
import type { AppEnv } from '../env.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'
import { liveSession } from './require-session.ts'

const OLDEST_SIGN_IN_SECONDS = 20 * 60

export interface FreshNeeds {
  answers: Answers
  refuse: Refuse
  clock: Clock
}

/**
 * Lets only those pass who gave their password lately (ASVS 7.5.1). A browser is asked for it and comes back to `page`; anybody
 * else is told to sign in again (RFC 9470 3).
 */
export function requireFreshSignIn(
  { answers, refuse, clock }: FreshNeeds,
  page: string,
): MiddlewareHandler<AppEnv> {
  const challenge = `${CHALLENGE}, error="insufficient_user_authentication", max_age=${OLDEST_SIGN_IN_SECONDS}`
  return async function requireFreshSignIn(c, next) {
    const { claims } = liveSession(c)
    if (clock.now() - claims.auth_time <= OLDEST_SIGN_IN_SECONDS) return next()
    return wantsPage(c)
      ? answers.redirect(`/account/confirm?next=${encodeURIComponent(page)}`)
      : refuse(c, PROBLEMS.signInTooOld, { headers: { 'www-authenticate': challenge } })
  }
}
