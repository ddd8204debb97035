import type { MiddlewareHandler } from 'hono'
import type { Deps } from '../../deps.ts'
import { readAuthorization } from '../../lib/authorization.ts'
import type { Resumed } from '../../sessions/sessions.ts'
import type { AppEnv } from '../env.ts'

// The second is what clients of an older fashion send. It is one under /v1 only.
const API_SCHEMES = ['Bearer', 'JWT'] as const

/** Finds out what the token of an Authorization header is worth. */
export const presentBearer = async (token: string, { sessions }: Pick<Deps, 'sessions'>) =>
  ({ ...notMalformed(await sessions.resume(token)), by: 'bearer' }) as const

/** RFC 6750 3.1 knows one answer for every bad Bearer token. */
const notMalformed = (resumed: Resumed): Resumed =>
  resumed.kind === 'malformed' ? { kind: 'invalid' } : resumed

/**
 * Puts into `c.var.session` who asks, by the Authorization header alone. No cookie is looked at, so a page of another origin
 * can do nothing here but with a token that it has.
 */
export function loadBearer(needs: Pick<Deps, 'sessions'>): MiddlewareHandler<AppEnv> {
  return async function loadBearer(c, next) {
    const shown = readAuthorization(c.req.header('authorization'), API_SCHEMES)
    c.set('session', shown ? await presentBearer(shown.credentials, needs) : { kind: 'none', by: null })
    await next()
  }
}
