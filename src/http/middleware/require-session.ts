import type { Context, MiddlewareHandler } from 'hono'
import type { Notice } from '../../../views/sign-in.ts'
import type { EndReason } from '../../sessions/session.ts'
import type { Claims } from '../../tokens/claims.ts'
import type { Answers } from '../answers.ts'
import type { AppEnv } from '../env.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import type { Extra, Refuse } from '../refuse.ts'
import type { Presented } from './load-session.ts'

/** The session that a guard has let pass. */
export function liveClaims(c: Context<AppEnv>): Claims {
  // Not c.var: Hono builds that anew each time it is read.
  const session = c.get('session')
  if (session.kind !== 'live') throw new Error('the route has no guard')
  return session.claims
}

/** What the sign-in page says of a session that is over. */
const NOTICES: Record<EndReason, Notice> = {
  'signed-out': 'signed-out',
  'ended-by-operator': 'ended-elsewhere',
  replaced: 'ended-elsewhere',
  'password-changed': 'password-changed',
  'role-changed': 'ended-elsewhere',
  disabled: 'disabled',
  deleted: 'disabled',
}

export function noticeFor(presented: Presented): Notice | null {
  if (presented.kind === 'expired') return 'expired'
  return presented.kind === 'revoked' && presented.reason ? NOTICES[presented.reason] : null
}

/** Why somebody is not signed in, as a problem. */
export function whyNotSignedIn(presented: Presented): [Problem, Extra?] {
  switch (presented.kind) {
    case 'expired':
      return [PROBLEMS.expiredToken, { members: { notice: 'expired' } }]
    case 'revoked':
      return [PROBLEMS.sessionEnded, { members: { notice: noticeFor(presented) } }]
    case 'malformed':
    case 'invalid':
      return [PROBLEMS.invalidToken]
    default:
      return [PROBLEMS.notSignedIn]
  }
}

/** Lets only live sessions pass: 401 for the rest. */
export function requireSession({ refuse }: { refuse: Refuse }): MiddlewareHandler<AppEnv> {
  return async function requireSession(c, next) {
    return c.var.session.kind === 'live' ? next() : refuse(c, ...whyNotSignedIn(c.var.session))
  }
}

/** The same for a page: a browser goes to the sign-in page, and from there back to where it wanted to go. */
export function requireSessionForPage(needs: {
  answers: Answers
  refuse: Refuse
}): MiddlewareHandler<AppEnv> {
  const { answers, refuse } = needs
  return async function requireSessionForPage(c, next) {
    const session = c.get('session')
    if (session.kind === 'live') return next()
    if (!wantsPage(c)) {
      return session.kind === 'malformed'
        ? refuse(c, PROBLEMS.malformedToken)
        : refuse(c, ...whyNotSignedIn(session))
    }
    const { pathname, search } = new URL(c.req.url)
    const notice = noticeFor(session)
    return answers.redirect(
      `/signin?next=${encodeURIComponent(pathname + search)}${notice ? `&notice=${notice}` : ''}`,
    )
  }
}
