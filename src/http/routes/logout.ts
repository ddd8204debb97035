import { type Context, Hono, type Next } from 'hono'
import { signOutPage } from '../../../views/sign-out.ts'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { identify } from '../middleware/load-session.ts'
import { wantsPage } from '../negotiate.ts'
import type { Presented } from '../presented.ts'
import { MOST_COOKIES, sidsOfRefreshCookies } from '../refresh-cookies.ts'
import type { RouteNeeds } from './needs.ts'

type Needs = RouteNeeds & Pick<Deps, 'sessions' | 'endings' | 'refreshTokens' | 'config'>

export function logoutRoutes(needs: Needs) {
  const { sessions, endings, answers, frame, cookies, loadSession } = needs
  return new Hono<AppEnv>()
    .get('/logout', loadSession, (c) => {
      const { session } = c.var
      return answers.page(
        signOutPage(frame, session.kind === 'live' ? { username: session.claims.username } : {}),
      )
    })
    .post('/logout', forgetCookies, identify(needs), async (c) => {
      const { session } = c.var
      const sids = new Set(await sidsOf(session))
      // A Bearer token ends its own session: the cookies beside it are another one's, and stay.
      if (session.by !== 'bearer') for (const sid of sidsOfRefreshCookies(c, needs)) sids.add(sid)
      // All of them, also when one cannot be written: on this node each is over.
      const ends = [...sids].map((sid) => endings.one(sid, 'signed-out', fromOf(c, needs)))
      for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason
      return wantsPage(c) ? answers.redirect('/signin?notice=signed-out') : answers.empty(204)
    })

  /** Whatever the answer: when the end could not be written, it holds on this node all the same, and the browser forgets it. */
  async function forgetCookies(c: Context<AppEnv>, next: Next): Promise<void> {
    await next()
    const session = c.get('session') as Presented | undefined
    if (session && session.by !== 'bearer') cookies.take(c, c.res)
  }

  /** Also by an expired token, for whoever signs out late must not leave a session behind. */
  async function sidsOf(presented: Presented): Promise<string[]> {
    const named =
      presented.kind === 'several'
        ? await Promise.all(presented.values.slice(0, MOST_COOKIES).map((token) => sessions.resume(token)))
        : [presented]
    return named.flatMap((one) => (one.kind === 'live' || one.kind === 'expired' ? [one.claims.sid] : []))
  }
}
