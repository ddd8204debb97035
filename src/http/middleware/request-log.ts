import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { printable } from '../../lib/printable.ts'
import type { AppEnv } from '../env.ts'
import { isSafe } from '../negotiate.ts'
import { requestIdOf } from '../request-id.ts'

// An encoded question mark, or a semicolon: what stands behind it was meant for a query, which may hold a secret.
const ALL_BUT_QUERY = /(?:%3f|;).*$/is
const pathOf = (path: string) => path.replace(ALL_BUT_QUERY, '')

/**
 * Writes one line when a request is answered: the path without its query, which may hold a secret.
 * What changes nothing and goes well is left to level `debug`: open pages, probes and files would be most of the log. So would
 * what a proxy asks about people who are not signed in.
 */
export function requestLog({ log }: { log: Logger }): MiddlewareHandler<AppEnv> {
  return async function requestLog(c, next) {
    const startedAt = performance.now()
    await next()
    const { method } = c.req
    const { status } = c.res
    const goesWell = status < 400 || (status === 401 && c.req.path.startsWith('/forward-auth/'))
    const level = isSafe(method) && goesWell ? 'debug' : 'info'
    if (!log.isLevelEnabled(level)) return
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    log[level](
      { requestId: requestIdOf(c), method, path: printable(pathOf(c.req.path)), status, ms },
      'request',
    )
  }
}
