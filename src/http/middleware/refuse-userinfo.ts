import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'

const AFTER_SCHEME = 'https://'.length

/**
 * Refuses a request whose target is a whole URL with a name or a password before its host (RFC 9110 4.2.4). No such request can
 * be built from it, and the error that says so repeats the password.
 */
export function refuseUserinfo({ refuse }: { refuse: Refuse }): MiddlewareHandler<AppEnv> {
  return function refuseUserinfo(c, next) {
    const { url } = c.req
    const at = url.indexOf('@')
    if (at < 0 || at > url.indexOf('/', AFTER_SCHEME)) return next()
    return Promise.resolve(refuse(c, PROBLEMS.queryRefused))
  }
}
