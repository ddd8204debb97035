import { Hono } from 'hono'
import type { Deps } from './deps.ts'
import { createAnswers } from './http/answers.ts'
import type { AppEnv } from './http/env.ts'
import { requestLog } from './http/middleware/request-log.ts'
import { PROBLEMS } from './http/problems.ts'
import { createRefuse } from './http/refuse.ts'
import { requestIdOf } from './http/request-id.ts'
import { metricsRoutes } from './http/routes/metrics.ts'
import type { Metrics } from './metrics/metrics.ts'

/** What answers on METRICS_PORT: the metrics, and nothing that anybody could sign in with. */
export function createMetricsApp({
  config,
  log,
  metrics,
}: Pick<Deps, 'config' | 'log'> & { metrics: Metrics }) {
  const answers = createAnswers(config)
  const refuse = createRefuse({ answers, frame: {} })
  const app = new Hono<AppEnv>()
  app.use(requestLog({ log }))
  app.route('/', metricsRoutes({ answers, refuse, metrics, config }))
  app.notFound((c) => refuse(c, PROBLEMS.notFound))
  app.onError((error, c) => {
    log.error({ requestId: requestIdOf(c), err: error }, 'unexpected error')
    return refuse(c, PROBLEMS.internal)
  })
  return app
}
