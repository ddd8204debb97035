import { type Context, Hono, type Next } from 'hono'
import { signOutPage } from '../../../views/sign-out.ts'
import type { Deps } from '../../deps.ts'
import type { Claims } from '../../tokens/claims.ts'
import type { AppEnv } from '../env.ts'
import type { Presented } from '../middleware/load-session.ts'
import { wantsPage } from '../negotiate.ts'
import type { RouteNeeds } from './needs.ts'

// Two cookies of our name: one of them may be planted, and the other must be ended all the same.
const MOST_COOKIES = 8

export function logoutRoutes(needs: RouteNeeds & Pick<Deps, 'sessions' | 'log'>) {
  const { sessions, log, answers, frame, cookie, loadSession } = needs
  return new Hono<AppEnv>()
    .get('/logout', loadSession, (c) => {
      const { session } = c.var
      return answers.page(
        signOutPage(frame, session.kind === 'live' ? { username: session.claims.username } : {}),
      )
    })
    .post('/logout', loadSession, forgetCookie, async (c) => {
      for (const { sid, sub } of await claimsOf(c.var.session)) {
        const ended = await sessions.end(sid, 'signed-out')
        if (ended)
          log.info({ requestId: c.var.requestId, userId: sub, sid, reason: 'signed-out' }, 'session.ended')
      }
      return wantsPage(c) ? answers.redirect('/signin?notice=signed-out') : answers.empty(204)
    })

  /** Whatever the answer: when the end could not be written, it holds on this node all the same, and the browser forgets it. */
  async function forgetCookie(c: Context<AppEnv>, next: Next): Promise<void> {
    await next()
    // A Bearer token ends its own session: the cookie beside it is another one's, and stays.
    if (c.var.session.by !== 'bearer') cookie.clear(c.res)
  }

  /** Whose sessions a request names: also by an expired token, for whoever signs out late must not leave one behind. */
  async function claimsOf(presented: Presented): Promise<Claims[]> {
    const named =
      presented.kind === 'several'
        ? await Promise.all(presented.values.slice(0, MOST_COOKIES).map((token) => sessions.resume(token)))
        : [presented]
    return named.flatMap((one) => (one.kind === 'live' || one.kind === 'expired' ? [one.claims] : []))
  }
}
