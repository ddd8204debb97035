import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'
import { isSafe } from './same-origin.ts'

const MOST_BODY_BYTES = 16 * 1024

/** Refuses larger bodies, also those that do not say their length. Safe requests are let by: looking at a body has its price. */
export function limitBody({ refuse }: { refuse: Refuse }): MiddlewareHandler<AppEnv> {
  const limit = bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => refuse(c, PROBLEMS.tooLarge) })
  return async function limitBody(c, next) {
    return isSafe(c.req.method) ? next() : limit(c, next)
  }
}
