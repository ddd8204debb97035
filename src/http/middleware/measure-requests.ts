import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Metrics } from '../../metrics/metrics.ts'
import type { AppEnv } from '../env.ts'

/** What has no route, whatever was asked: were the path or the method told, anybody could make as many lines as they like. */
const UNMATCHED = { method: 'any', path: 'unmatched' }

/** Counts and times every request by the pattern of its route, also when it was refused before it came there. */
export function measureRequests(metrics: Pick<Metrics, 'request'>): MiddlewareHandler<AppEnv> {
  return async function measureRequests(c, next) {
    const startedAt = performance.now()
    await next()
    // Middleware is registered for all methods, a route for one.
    const { method, path } = matchedRoutes(c).find(({ method }) => method !== 'ALL') ?? UNMATCHED
    metrics.request(method, path, c.res.status, (performance.now() - startedAt) / 1000)
  }
}
