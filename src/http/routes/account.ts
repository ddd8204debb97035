import { Hono } from 'hono'
import { accountPage } from '../../../views/account.ts'
import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { requireSessionForPage } from '../middleware/require-session.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS } from '../problems.ts'
import { type LiveNeeds, withLive } from '../with-live.ts'
import type { RouteNeeds } from './needs.ts'

const MOST_LISTED = 20
const MOST_FAILURES_LISTED = 5
// Each open page renews every five minutes, and whoever knows a name can fail to sign in with it: neither must push all else
// off the list.
const CROWDING: AuditEvent[] = ['session.refreshed', 'sign_in.failed']

/** Who a person is here, and what happened to the account lately. */
export function accountRoutes(needs: RouteNeeds & LiveNeeds & Pick<Deps, 'accounts' | 'audit' | 'devices'>) {
  const { accounts, audit, devices, answers, refuse, frame, loadSession } = needs
  return new Hono<AppEnv>().get(
    '/account',
    loadSession,
    requireSessionForPage(needs),
    withLive(needs, async (c, { claims, live }) => {
      const userId = claims.sub
      const [user, entries, failures, { live: sessions, ended }] = await Promise.all([
        accounts.find(userId),
        audit.list({ userId, without: CROWDING, limit: MOST_LISTED }),
        audit.list({ userId, only: 'sign_in.failed', limit: MOST_FAILURES_LISTED }),
        devices.list(userId, claims.sid),
      ])
      if (!user) return refuse(c, PROBLEMS.sessionEnded)
      const deviceOf = new Map([...ended, ...sessions].map(({ sid, device }) => [sid, device]))
      const activity = [...entries, ...failures]
        .sort((a, b) => b.at - a.at)
        .map(({ userId: _, ...entry }) => ({ ...entry, device: deviceOf.get(entry.sid ?? '') ?? null }))
      const { username, name, email, role } = user
      if (!wantsPage(c)) return answers.json({ username, name, email, role, activity })
      const notice = c.req.query('notice') === 'password-changed' ? 'password-changed' : undefined
      return answers.page(accountPage(frame, { live, username, name, email, activity, notice }))
    }),
  )
}
