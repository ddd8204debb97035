import type { MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import type { AppEnv } from '../env.ts'
import { isSafe } from '../negotiate.ts'

/** Middleware for requests that may change something. The others, which are most, pass by at the price of one. */
export function unsafeOnly(...middleware: MiddlewareHandler<AppEnv>[]): MiddlewareHandler<AppEnv> {
  const all: MiddlewareHandler = every(...middleware)
  return function unsafeOnly(c, next) {
    return isSafe(c.req.method) ? next() : all(c, next)
  }
}
