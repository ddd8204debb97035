import { Hono } from 'hono'
import { signInPage } from '../../../views/sign-in.ts'
import type { Deps } from '../../deps.ts'
import { returnTo } from '../../lib/return-to.ts'
import { answerGrant } from '../answer-grant.ts'
import type { AppEnv } from '../env.ts'
import type { Presented } from '../middleware/load-session.ts'
import { noticeFor, whyNotSignedIn } from '../middleware/require-session.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

export function refreshRoutes(needs: RouteNeeds & Pick<Deps, 'sessions' | 'config' | 'clock' | 'log'>) {
  const { sessions, config, clock, log, answers, refuse, frame, cookie, loadSession } = needs
  return new Hono<AppEnv>().post('/refresh', loadSession, async (c) => {
    const { session } = c.var
    const cameFrom = () => {
      const referer = URL.parse(c.req.header('referer') ?? '')
      const path = referer?.origin === config.publicUrl ? referer.pathname + referer.search : undefined
      return returnTo(path, config.publicUrl) ?? '/welcome'
    }
    /** A browser whose session is over gets the sign-in page at once, with the reason and the way back. */
    const refuseOver = (over: Presented) => {
      if (!wantsPage(c)) return refuse(c, ...whyNotSignedIn(over))
      return answers.page(signInPage(frame, { notice: noticeFor(over) ?? 'expired', next: cameFrom() }), 401)
    }

    if (session.kind !== 'live') return refuseOver(session)
    if (session.by === 'bearer') return refuse(c, PROBLEMS.bearerRefresh)
    const outcome = await sessions.refresh(session.claims)
    switch (outcome.kind) {
      case 'renewed': {
        const { grant } = outcome
        log.info({ requestId: c.var.requestId, sid: grant.claims.sid }, 'session.refreshed')
        return answerGrant(c, needs, grant, cameFrom())
      }
      case 'too-early':
        return refuse(c, PROBLEMS.tooEarly, {
          members: { refresh_from: outcome.refreshFrom },
          headers: { 'retry-after': String(outcome.refreshFrom - clock.now()) },
        })
      case 'expired':
        return cookie.clear(refuseOver({ ...session, kind: 'expired' }))
      case 'over':
        return cookie.clear(refuseOver({ ...session, kind: 'revoked', reason: outcome.reason }))
      default:
        return outcome satisfies never
    }
  })
}
