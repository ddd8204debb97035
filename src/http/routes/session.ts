import { Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { liveClaims, requireSession } from '../middleware/require-session.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

export function sessionRoutes(needs: RouteNeeds & Pick<Deps, 'sessions' | 'clock'>) {
  const { sessions, clock, answers, refuse, cookie, loadSession } = needs
  return new Hono<AppEnv>().get('/session', loadSession, requireSession(needs), async (c) => {
    const claims = liveClaims(c)
    const times = await sessions.times(claims)
    if (!times) return cookie.clear(refuse(c, PROBLEMS.sessionEnded))
    return answers.json({
      username: claims.username,
      sid: claims.sid,
      expires_at: times.expiresAt,
      refresh_from: times.refreshFrom,
      ends_at: times.endsAt,
      // Our time, so that a script can count down without believing its own clock.
      now: clock.now(),
    })
  })
}
