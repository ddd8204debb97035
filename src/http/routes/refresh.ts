import { Hono } from 'hono'
import { signInPage } from '../../../views/sign-in.ts'
import type { Deps } from '../../deps.ts'
import { returnTo } from '../../lib/return-to.ts'
import { answerGrant } from '../answer-grant.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { createRenew, isSuperseded } from '../middleware/load-session.ts'
import { noticeFor, whyNotSignedIn } from '../middleware/require-session.ts'
import { wantsPage } from '../negotiate.ts'
import type { Presented } from '../presented.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

export function refreshRoutes(
  needs: RouteNeeds & Pick<Deps, 'sessions' | 'rotate' | 'config' | 'clock' | 'refreshTokens'>,
) {
  const { sessions, config, clock, answers, refuse, frame, cookies, loadSession } = needs
  const renew = createRenew(needs)
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

    /** The cookies go too, unless the browser has others by now. */
    const refuseAndTake = (over: Presented) =>
      isSuperseded(over) ? refuseOver(over) : cookies.take(c, refuseOver(over))

    if (session.kind !== 'live') return refuseOver(session)
    if (session.by === 'bearer') return refuse(c, PROBLEMS.bearerRefresh)
    // It came too late for its access token, and the refresh cookie has done it already.
    if (session.renewed) return answerGrant(c, needs, session.renewed, cameFrom())
    const outcome = await sessions.refresh(session.claims, fromOf(c, needs))
    switch (outcome.kind) {
      case 'renewed':
        return answerGrant(c, needs, outcome.grant, cameFrom())
      case 'too-early':
        return refuse(c, PROBLEMS.tooEarly, {
          members: { refresh_from: outcome.refreshFrom },
          headers: { 'retry-after': String(outcome.refreshFrom - clock.now()) },
        })
      case 'other-carrier':
        return refuse(c, PROBLEMS.bearerRefresh)
      case 'by-refresh-token': {
        const renewed = await renew(c)
        if (renewed?.kind === 'live') return answerGrant(c, needs, renewed.renewed, cameFrom())
        return refuseAndTake(renewed ?? { ...session, kind: 'expired' })
      }
      case 'expired':
        return cookies.token.clear(refuseOver({ ...session, kind: 'expired' }))
      case 'over':
        return refuseAndTake({ ...session, kind: 'revoked', reason: outcome.reason })
      default:
        return outcome satisfies never
    }
  })
}
