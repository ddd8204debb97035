import type { MiddlewareHandler } from 'hono'
import { otherOrigin, type Problem } from './problems.ts'

/**
 * Refuses what was sent from a page of another origin: a browser adds the cookie to that too. Each header that is there must
 * agree; with neither it is no browser, and nobody's cookies are in it.
 */
export function sameOrigin(
  publicUrl: string,
  refuse: (c: Parameters<MiddlewareHandler>[0], problem: Problem) => Response,
): MiddlewareHandler {
  const problem = otherOrigin(publicUrl)
  return async function sameOrigin(c, next) {
    const site = c.req.header('sec-fetch-site')
    const origin = c.req.header('origin')
    const isOurs =
      (site === undefined || site === 'same-origin') && (origin === undefined || origin === publicUrl)
    return isOurs ? next() : refuse(c, problem)
  }
}
