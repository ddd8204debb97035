import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'

const FORMATTING = 'pretty'

/**
 * Refuses whatever stands in the query but `pretty`, before anything is checked: a password that worked from there would go on
 * being sent so, and be kept in every log on the way (ASVS 14.2.1).
 */
export function refuseQuery({ refuse }: { refuse: Refuse }): MiddlewareHandler<AppEnv> {
  return async function refuseQuery(c, next) {
    const names = [...new URL(c.req.url).searchParams.keys()]
    return names.every((name) => name === FORMATTING) ? next() : refuse(c, PROBLEMS.queryRefused)
  }
}
