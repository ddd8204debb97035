import type { MiddlewareHandler } from 'hono'
import { readAuthorization } from '../../lib/authorization.ts'
import { isSameSecret } from '../../lib/same-secret.ts'
import { CHALLENGE } from '../answers.ts'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'

/**
 * Lets only those pass who show METRICS_TOKEN as a Bearer token. Who is signed in does not matter, not even an admin. Null: it
 * is not set, and everybody passes who can reach the port.
 */
export function requireMetricsToken(
  token: string | null,
  { refuse }: { refuse: Refuse },
): MiddlewareHandler<AppEnv> {
  return async function requireMetricsToken(c, next) {
    if (token === null) return next()
    const shown = readAuthorization(c.req.header('authorization'), ['Bearer'])
    if (!shown) return refuse(c, PROBLEMS.metricsToken)
    if (isSameSecret(shown.credentials, token)) return next()
    const challenge = `${CHALLENGE}, error="invalid_token"`
    return refuse(c, PROBLEMS.metricsToken, { headers: { 'www-authenticate': challenge } })
  }
}
