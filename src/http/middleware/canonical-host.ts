import type { MiddlewareHandler } from 'hono'
import type { Config } from '../../config.ts'
import { isLoopback } from '../../lib/loopback.ts'
import type { Answers } from '../answers.ts'
import type { AppEnv } from '../env.ts'

/**
 * On loopback a browser may say 127.0.0.1 where PUBLIC_URL says localhost. Cookies and forms belong to one of the names, so
 * a page asked for under another loopback name is sent to the right one.
 */
export function canonicalHost({
  config,
  answers,
}: {
  config: Config
  answers: Answers
}): MiddlewareHandler<AppEnv> {
  const { hostname, origin } = new URL(config.publicUrl)
  // A proxy may well ask us as 127.0.0.1: with a public name there is nothing to put right.
  const applies = isLoopback(hostname)
  return async function canonicalHost(c, next) {
    const host = c.req.header('host')
    if (!applies || c.req.method !== 'GET' || !host || host.startsWith(hostname)) return next()
    const url = new URL(c.req.url)
    // The Host header only chooses whether to redirect; where to is configured.
    return isLoopback(url.hostname) ? answers.redirect(origin + url.pathname + url.search, 307) : next()
  }
}
