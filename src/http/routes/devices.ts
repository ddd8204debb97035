import { Hono } from 'hono'
import { devicesPage } from '../../../views/devices.ts'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { liveSession, requireSessionForPage } from '../middleware/require-session.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS } from '../problems.ts'
import { type LiveNeeds, withLive } from '../with-live.ts'
import type { RouteNeeds } from './needs.ts'

const NOTICES = ['ended', 'others-ended'] as const

/** Where a person is signed in: to see, and to end. */
export function deviceRoutes(needs: RouteNeeds & LiveNeeds & Pick<Deps, 'devices' | 'config'>) {
  const { devices, answers, refuse, frame, cookies, loadSession } = needs
  const guard = requireSessionForPage(needs, '/sessions')

  return new Hono<AppEnv>()
    .get(
      '/sessions',
      loadSession,
      guard,
      withLive(needs, async (c, { claims, live }) => {
        const { live: sessions, isCut, ended } = await devices.list(claims.sub, claims.sid)
        if (wantsPage(c)) {
          const notice = NOTICES.find((name) => name === c.req.query('notice'))
          return answers.page(devicesPage(frame, { live, sessions, isCut, ended, notice }))
        }
        return answers.json({
          sessions: sessions.map((one) => ({
            sid: one.sid,
            device: one.device,
            address: one.address,
            current: one.current,
            carrier: one.carrier,
            remembered: one.remembered,
            started_at: one.startedAt,
            last_seen_at: one.lastSeenAt,
            ends_at: one.endsAt,
          })),
          ended: ended.map(({ sid, device, address, startedAt, endedAt, reason }) => ({
            ...{ sid, device, address, started_at: startedAt, ended_at: endedAt, reason },
          })),
        })
      }),
    )
    .post('/sessions/end-others', loadSession, guard, async (c) => {
      const { claims } = liveSession(c)
      const ended = await devices.endOthers(claims.sub, claims.sid, fromOf(c, needs))
      return wantsPage(c) ? answers.redirect('/sessions?notice=others-ended') : answers.json({ ended })
    })
    .post('/sessions/:sid/end', loadSession, guard, async (c) => {
      const { claims, by } = liveSession(c)
      const sid = c.req.param('sid')
      const isOwn = sid === claims.sid
      const reason = isOwn ? 'signed-out' : 'ended-elsewhere'
      if (!(await devices.end(claims.sub, sid, reason, fromOf(c, needs))))
        return refuse(c, PROBLEMS.noSuchSession)
      if (!isOwn)
        return wantsPage(c) ? answers.redirect('/sessions?notice=ended') : answers.json({ ended: 1 })
      const answer = wantsPage(c) ? answers.redirect('/signin?notice=signed-out') : answers.json({ ended: 1 })
      return by === 'cookie' ? cookies.take(c, answer) : answer
    })
}
