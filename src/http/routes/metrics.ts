import { Hono } from 'hono'
import type { Config } from '../../config.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import type { AppEnv } from '../env.ts'
import { requireMetricsToken } from '../middleware/require-metrics-token.ts'
import type { RouteNeeds } from './needs.ts'

export type MetricsNeeds = Pick<RouteNeeds, 'answers' | 'refuse'> & {
  metrics: Pick<Metrics, 'text' | 'textType'>
  config: Pick<Config, 'metricsToken'>
}

/** What is measured, for whoever watches. Nothing in it says who anybody is. */
export function metricsRoutes(needs: MetricsNeeds) {
  const { answers, metrics, config } = needs
  return new Hono<AppEnv>().get('/metrics', requireMetricsToken(config.metricsToken, needs), async () =>
    answers.text(await metrics.text(), 200, { 'content-type': metrics.textType }),
  )
}
