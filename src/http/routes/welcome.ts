import { Hono } from 'hono'
import { welcomePage } from '../../../views/welcome.ts'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { liveClaims, requireSessionForPage } from '../middleware/require-session.ts'
import { wantsJson, wantsPage } from '../negotiate.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

export function welcomeRoutes(needs: RouteNeeds & Pick<Deps, 'sessions' | 'clock'>) {
  const { sessions, clock, answers, refuse, frame, cookie, loadSession } = needs
  const page = welcomePage(frame)
  return new Hono<AppEnv>().get('/welcome', loadSession, requireSessionForPage(needs), async (c) => {
    const claims = liveClaims(c)
    const greeting = `Welcome ${claims.username}!`
    if (!wantsPage(c)) return wantsJson(c) ? answers.json({ message: greeting }) : answers.text(greeting)
    const times = await sessions.times(claims)
    // A signature can outlive its row, when the database was lost: cleared, or the sign-in page would send us back here.
    if (!times) return cookie.clear(refuse(c, PROBLEMS.sessionEnded))
    return answers.page(page({ username: claims.username, sid: claims.sid, now: clock.now(), ...times }))
  })
}
