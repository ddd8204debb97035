import { type Context, Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

/** `/healthz`: the process is alive. `/readyz`, and `/v1/ping`: it can do its work, for its stores answer. */
export function healthRoutes({ answers, refuse, ready }: RouteNeeds & Pick<Deps, 'ready'>) {
  const isReady = async (c: Context<AppEnv>) =>
    (await ready()) ? answers.text('ok') : refuse(c, PROBLEMS.storeDown)
  return new Hono<AppEnv>()
    .get('/healthz', () => answers.text('ok'))
    .get('/readyz', isReady)
    .get('/v1/ping', isReady)
}
