import { Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { RouteNeeds } from './needs.ts'

/** `/healthz`: the process is alive. `/readyz`: it can do its work, for its stores answer. */
export function healthRoutes({ answers, refuse, ready }: RouteNeeds & Pick<Deps, 'ready'>) {
  return new Hono<AppEnv>()
    .get('/healthz', () => answers.text('ok'))
    .get('/readyz', async (c) => ((await ready()) ? answers.text('ok') : refuse(c, PROBLEMS.storeDown)))
}
