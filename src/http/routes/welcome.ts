import { Hono } from 'hono'
import { welcomePage } from '../../../views/welcome.ts'
import type { AppEnv } from '../env.ts'
import { requireSessionForPage } from '../middleware/require-session.ts'
import { wantsJson, wantsPage } from '../negotiate.ts'
import { type LiveNeeds, withLive } from '../with-live.ts'
import type { RouteNeeds } from './needs.ts'

export function welcomeRoutes(needs: RouteNeeds & LiveNeeds) {
  const { answers, frame, loadSession } = needs
  const page = welcomePage(frame)
  const answer = withLive(needs, (c, { claims: { username }, live }) => {
    if (wantsPage(c)) return answers.page(page({ username, live }))
    const greeting = `Welcome ${username}!`
    return wantsJson(c) ? answers.json({ message: greeting }) : answers.text(greeting)
  })
  return new Hono<AppEnv>().get('/welcome', loadSession, requireSessionForPage(needs), answer)
}
