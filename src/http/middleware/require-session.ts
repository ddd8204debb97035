import type { Context, MiddlewareHandler } from 'hono'
import type { Notice } from '../../../views/sign-in.ts'
import type { EndReason } from '../../sessions/session.ts'
import type { Claims } from '../../tokens/claims.ts'
import type { Answers } from '../answers.ts'
import type { AppEnv } from '../env.ts'
import { isSafe, wantsPage } from '../negotiate.ts'
import type { Presented } from '../presented.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import type { Extra, Refuse } from '../refuse.ts'

/** The session that a guard has let pass. */
export function liveSession(c: Context<AppEnv>): { claims: Claims; by: 'cookie' | 'bearer' } {
  // Not c.var: Hono builds that anew each time it is read.
  const session = c.get('session')
  if (session.kind !== 'live') throw new Error('the route has no guard')
  return session
}

/** What the sign-in page says of a session that is over. */
const NOTICES: Record<EndReason, Notice> = {
  'signed-out': 'signed-out',
  'ended-elsewhere': 'ended-elsewhere',
  'ended-by-operator': 'ended-elsewhere',
  replaced: 'ended-elsewhere',
  reuse: 'reuse',
  'password-changed': 'password-changed',
  'role-changed': 'ended-elsewhere',
  disabled: 'disabled',
  deleted: 'disabled',
}

export function noticeFor(presented: Presented): Notice | null {
  if (presented.kind === 'expired') return 'expired'
  if (presented.kind !== 'revoked' && presented.kind !== 'lapsed') return null
  if (presented.reason) return NOTICES[presented.reason]
  return presented.kind === 'lapsed' ? 'expired' : null
}

/** Why somebody is not signed in, as a problem. */
export function whyNotSignedIn(presented: Presented): [Problem, Extra?] {
  switch (presented.kind) {
    case 'expired':
      return whyOver(null)
    case 'lapsed':
      return whyOver(presented.reason)
    case 'revoked':
      return [PROBLEMS.sessionEnded, { members: { notice: noticeFor(presented) } }]
    case 'malformed':
    case 'invalid':
      return [PROBLEMS.invalidToken]
    default:
      return [PROBLEMS.notSignedIn]
  }
}

/** Why a session is over that expired, or was ended for a reason. */
export const whyOver = (reason: EndReason | null): [Problem, Extra] =>
  reason
    ? [PROBLEMS.sessionEnded, { members: { notice: NOTICES[reason] } }]
    : [PROBLEMS.expiredToken, { members: { notice: 'expired' } }]

/** Lets only live sessions pass: 401 for the rest. */
export function requireSession({ refuse }: { refuse: Refuse }): MiddlewareHandler<AppEnv> {
  return async function requireSession(c, next) {
    return c.var.session.kind === 'live' ? next() : refuse(c, ...whyNotSignedIn(c.var.session))
  }
}

/**
 * The same for a page: a browser goes to the sign-in page, and from there back to where it wanted to go. After a form that is
 * `formPage`, for the form's own address cannot be opened.
 */
export function requireSessionForPage(
  { answers, refuse }: { answers: Answers; refuse: Refuse },
  formPage = '/welcome',
): MiddlewareHandler<AppEnv> {
  return async function requireSessionForPage(c, next) {
    const session = c.get('session')
    if (session.kind === 'live') return next()
    if (!wantsPage(c)) {
      return session.kind === 'malformed'
        ? refuse(c, PROBLEMS.malformedToken)
        : refuse(c, ...whyNotSignedIn(session))
    }
    const { pathname, search } = new URL(c.req.url)
    const path = isSafe(c.req.method) ? pathname + search : formPage
    const notice = noticeFor(session)
    return answers.redirect(`/signin?next=${encodeURIComponent(path)}${notice ? `&notice=${notice}` : ''}`)
  }
}
