import type { Context } from 'hono'
import type { Live } from '../../views/signed-in.ts'
import type { Deps } from '../deps.ts'
import type { Claims } from '../tokens/claims.ts'
import type { SessionCookies } from './cookies.ts'
import type { AppEnv } from './env.ts'
import { liveSession } from './middleware/require-session.ts'
import { PROBLEMS } from './problems.ts'
import type { Refuse } from './refuse.ts'

/** A session that a guard has let pass, with what its page counts down by. */
export interface LiveSession {
  claims: Claims
  by: 'cookie' | 'bearer'
  live: Live
}

export type LiveNeeds = Pick<Deps, 'sessions' | 'clock'> & { cookies: SessionCookies; refuse: Refuse }

/** A handler that is told until when the session it answers to lives. */
export const withLive =
  (
    { sessions, clock, cookies, refuse }: LiveNeeds,
    answer: (c: Context<AppEnv>, session: LiveSession) => Response | Promise<Response>,
  ) =>
  async (c: Context<AppEnv>): Promise<Response> => {
    const { claims, by } = liveSession(c)
    const times = await sessions.times(claims)
    // A signature can outlive its row, when the database was lost: cleared, or the sign-in page would send us back here.
    if (!times) {
      const refused = refuse(c, PROBLEMS.sessionEnded)
      return by === 'cookie' ? cookies.take(c, refused) : refused
    }
    return answer(c, { claims, by, live: { sid: claims.sid, now: clock.now(), ...times } })
  }
