import { Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { loadBearer } from '../middleware/load-bearer.ts'
import { liveSession, requireSession } from '../middleware/require-session.ts'
import type { RouteNeeds } from './needs.ts'

/** Who a token is: all that it says, or OK and the name. By the Authorization header alone. */
export function meRoutes(needs: RouteNeeds & Pick<Deps, 'sessions'>) {
  const { answers } = needs
  const guards = [loadBearer(needs), requireSession(needs)] as const
  return new Hono<AppEnv>()
    .get('/v1/me', ...guards, (c) => answers.json(liveSession(c).claims))
    .get('/v1/sample', ...guards, (c) => {
      const { name, username } = liveSession(c).claims
      return answers.text(`OK ${name ?? username}`)
    })
}
