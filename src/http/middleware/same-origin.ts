import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import type { Config } from '../../config.ts'
import { printable } from '../../lib/printable.ts'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'
import { requestIdOf } from '../request-id.ts'

const FETCH_SITES = new Set(['same-origin', 'same-site', 'cross-site', 'none'])

/**
 * Whether a request that changes something comes from a page of ours (decision D8). Each header that is there must agree;
 * with neither it is no browser, and holds no cookies of a victim. An unknown Sec-Fetch-Site says nothing.
 */
export function isSameOrigin(
  fetchSite: string | undefined,
  origin: string | undefined,
  publicUrl: string,
): boolean {
  if (fetchSite !== undefined && FETCH_SITES.has(fetchSite) && fetchSite !== 'same-origin') return false
  return origin === undefined || origin === publicUrl
}

/**
 * Whether such a request comes from a page that CORS_ORIGINS names, to the API, and brings no cookie at all. Without one it can
 * use nothing that the browser holds for us; with one it would be asked in the name of whoever sits there.
 */
export function isFromNamedOrigin(
  { path, fetchSite, origin, cookie }: Record<'path' | 'fetchSite' | 'origin' | 'cookie', string | undefined>,
  corsOrigins: readonly string[],
): boolean {
  if (!path?.startsWith('/v1/') || cookie !== undefined) return false
  // A page of another origin that says it is ours, or no page, contradicts itself.
  if (fetchSite === 'same-origin' || fetchSite === 'none') return false
  return origin !== undefined && corsOrigins.includes(origin)
}

export interface SameOriginNeeds {
  config: Config
  log: Logger
  refuse: Refuse
}

/** Refuses a request of another origin, whatever its content type (CSRF, and login CSRF too). */
export function sameOrigin({ config, log, refuse }: SameOriginNeeds): MiddlewareHandler<AppEnv> {
  const { publicUrl, corsOrigins } = config
  const problem = {
    ...PROBLEMS.crossOrigin,
    detail: `${PROBLEMS.crossOrigin.detail} Open ${publicUrl} and try again from there.`,
    back: { href: publicUrl, label: `Open ${publicUrl}` },
  }
  return async function sameOrigin(c, next) {
    const fetchSite = c.req.header('sec-fetch-site')
    const origin = c.req.header('origin')
    if (isSameOrigin(fetchSite, origin, publicUrl)) return next()
    const cookie = c.req.header('cookie')
    if (isFromNamedOrigin({ path: c.req.path, fetchSite, origin, cookie }, corsOrigins)) return next()
    const from = { fetchSite: fetchSite && printable(fetchSite), origin: origin && printable(origin) }
    log.warn({ requestId: requestIdOf(c), ...from }, 'origin.refused')
    return refuse(c, problem)
  }
}
