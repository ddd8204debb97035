import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Config } from '../../config.ts'
import type { Answers } from '../answers.ts'
import type { AppEnv } from '../env.ts'

const PREFLIGHT_SECONDS = 600
const EXPOSED = ['WWW-Authenticate', 'Retry-After']

export interface OpenToOriginsNeeds {
  config: Pick<Config, 'corsOrigins'>
  answers: Answers
}

/**
 * Lets pages of CORS_ORIGINS read what stands behind it, refusals too, and never with credentials: they hold a token, or they
 * are nobody. Pages of other origins are told nothing, not even that there are such.
 */
export function openToOrigins({ config, answers }: OpenToOriginsNeeds): MiddlewareHandler<AppEnv> {
  const { corsOrigins } = config
  const answerPreflight = cors({
    origin: corsOrigins,
    allowMethods: ['GET', 'POST', 'PUT'],
    allowHeaders: ['Authorization', 'Content-Type'],
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  })
  return async function openToOrigins(c, next) {
    if (corsOrigins.length === 0) return next()
    const origin = c.req.header('origin')
    const isNamed = origin !== undefined && corsOrigins.includes(origin)
    if (isNamed && c.req.method === 'OPTIONS') {
      // It writes onto the answer that is there: so this one too has the fixed headers.
      c.res = answers.empty(204)
      return answerPreflight(c, next)
    }
    await next()
    // Onto the answer itself: `c.header` would make a copy of it, and what a thousand are told is one body that they share.
    const { headers } = c.res
    if (isNamed) {
      headers.set('access-control-allow-origin', origin)
      headers.set('access-control-expose-headers', EXPOSED.join(','))
    }
    // For the others as well, or a cache could show one origin what was made for another (GHSA-q7jf-gf43-6x6p).
    headers.append('vary', 'Origin')
  }
}
