import { Hono } from 'hono'
import { signOutPage } from '../../../views/sign-out.ts'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { wantsPage } from '../negotiate.ts'
import type { RouteNeeds } from './needs.ts'

export function logoutRoutes(needs: RouteNeeds & Pick<Deps, 'sessions' | 'log'>) {
  const { sessions, log, answers, frame, cookie, loadSession } = needs
  return new Hono<AppEnv>()
    .get('/logout', loadSession, (c) => {
      const { session } = c.var
      return answers.page(
        signOutPage(frame, session.kind === 'live' ? { username: session.claims.username } : {}),
      )
    })
    .post('/logout', loadSession, async (c) => {
      const { session } = c.var
      // Also an expired token names its session: whoever signs out late must not leave one behind.
      if (session.kind === 'live' || session.kind === 'expired') {
        const { sid, sub } = session.claims
        const ended = await sessions.end(sid, 'signed-out')
        if (ended)
          log.info({ requestId: c.var.requestId, userId: sub, sid, reason: 'signed-out' }, 'session.ended')
      }
      const answer = wantsPage(c) ? answers.redirect('/signin?notice=signed-out') : answers.empty(204)
      // A Bearer token ends its own session: the cookie beside it is another one's, and stays.
      return session.by === 'bearer' ? answer : cookie.clear(answer)
    })
}
