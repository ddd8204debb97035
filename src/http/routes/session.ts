import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { requireSession } from '../middleware/require-session.ts'
import { type LiveNeeds, withLive } from '../with-live.ts'
import type { RouteNeeds } from './needs.ts'

export function sessionRoutes(needs: RouteNeeds & LiveNeeds) {
  const { answers, loadSession } = needs
  const answer = withLive(needs, (_, { claims, live }) =>
    answers.json({
      username: claims.username,
      sid: live.sid,
      expires_at: live.expiresAt,
      refresh_from: live.refreshFrom,
      ends_at: live.endsAt,
      // Our time, so that a script can count down without believing its own clock.
      now: live.now,
    }),
  )
  return new Hono<AppEnv>().get('/session', loadSession, requireSession(needs), answer)
}
