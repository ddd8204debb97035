import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { newId } from '../../lib/ids.ts'
import type { AppEnv } from '../env.ts'

// A probe each second would be most of the log.
const PROBES = new Set(['/healthz', '/readyz'])

/** Gives the request its id and writes one line when it is answered: the path without its query, which may hold a secret. */
export function requestLog({ log }: { log: Logger }): MiddlewareHandler<AppEnv> {
  return async function requestLog(c, next) {
    const requestId = newId()
    c.set('requestId', requestId)
    const startedAt = performance.now()
    await next()
    const { method, path } = c.req
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    log[PROBES.has(path) ? 'debug' : 'info']({ requestId, method, path, status: c.res.status, ms }, 'request')
  }
}
