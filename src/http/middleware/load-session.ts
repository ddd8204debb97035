import type { Context, MiddlewareHandler } from 'hono'
import type { Deps } from '../../deps.ts'
import { readAuthorization } from '../../lib/authorization.ts'
import type { EndReason } from '../../sessions/session.ts'
import type { Resumed } from '../../sessions/sessions.ts'
import type { SessionCookies } from '../cookies.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import type { Presented, Renewed } from '../presented.ts'
import { sidsOfRefreshCookies } from '../refresh-cookies.ts'
import { presentBearer } from './load-bearer.ts'

const SCHEMES = ['Bearer'] as const

export type SessionNeeds = Pick<Deps, 'sessions' | 'rotate' | 'config' | 'refreshTokens'> & {
  cookies: SessionCookies
}

/** Finds out who asks, by the access token alone, and changes nothing. At once for a token that is known. */
export function createPresent({ sessions, cookies }: Pick<SessionNeeds, 'sessions' | 'cookies'>) {
  const byCookie = (resumed: Resumed): Presented => ({ ...resumed, by: 'cookie' })
  return function present(c: Context<AppEnv>): Presented | Promise<Presented> {
    // Bearer wins over a cookie, and a bad one is never helped out by a good cookie.
    const bearer = readAuthorization(c.req.header('authorization'), SCHEMES)
    if (bearer) return presentBearer(bearer.credentials, { sessions })
    const read = cookies.token.read(c.req.header('cookie'))
    if (read.kind === 'none') return { kind: 'none', by: null }
    if (read.kind === 'several') return { ...read, by: 'cookie' }
    const resumed = sessions.resume(read.value)
    return resumed instanceof Promise ? resumed.then(byCookie) : byCookie(resumed)
  }
}

/** Puts into `c.var.session` who asks, by the access token alone. It renews nothing and sets no cookie. */
export function identify(needs: Pick<SessionNeeds, 'sessions' | 'cookies'>): MiddlewareHandler<AppEnv> {
  const present = createPresent(needs)
  return async function identify(c, next) {
    c.set('session', await present(c))
    await next()
  }
}

/**
 * Trades the refresh cookie that a request brings, if any, for a new access token and the next refresh token. It wins over
 * an access token of another session: nobody else can set it (`__Host-`), and with COOKIE_DOMAIN other hosts can set that one.
 */
export function createRenew({ rotate, config, cookies }: SessionNeeds) {
  return async function renew(c: Context<AppEnv>): Promise<Renewed | null> {
    const read = cookies.refresh.read(c.req.header('cookie'))
    if (read.kind === 'none') return null
    const outcome =
      read.kind === 'one' ? await rotate(read.value, 'cookie', fromOf(c, { config })) : TWO_COOKIES
    switch (outcome.kind) {
      case 'rotated':
        return { kind: 'live', by: 'cookie', claims: outcome.grant.claims, renewed: outcome.grant }
      case 'over':
        return { kind: 'lapsed', by: 'cookie', reason: outcome.reason }
      case 'invalid':
        return { kind: 'lapsed', by: 'cookie', reason: null }
      default:
        return outcome satisfies never
    }
  }
}

// Which of them is ours would be a guess.
const TWO_COOKIES = { kind: 'invalid' } as const

// The browser that asked has others by now, and this answer may reach it after them: clearing would wipe those.
const SUPERSEDED: (EndReason | null)[] = ['replaced', 'password-changed']

export const isSuperseded = (presented: Presented): boolean =>
  'reason' in presented && SUPERSEDED.includes(presented.reason)

/**
 * Puts into `c.var.session` who asks; the one place where a refresh cookie renews a missing or expired access token,
 * whatever the request. It never refuses: guards do.
 */
export function loadSession(needs: SessionNeeds): MiddlewareHandler<AppEnv> {
  const { cookies } = needs
  const present = createPresent(needs)
  const renew = createRenew(needs)
  const bringsAnother = (c: Context<AppEnv>, sid: string) =>
    sidsOfRefreshCookies(c, needs).some((other) => other !== sid)

  return async function loadSession(c, next) {
    const found = await present(c)
    const presented = mayBeRenewed(found) ? ((await renew(c)) ?? found) : found
    c.set('session', presented)
    await next()
    if (presented.by !== 'cookie') return
    if (presented.kind === 'live') {
      if (presented.renewed) cookies.give(c, c.res, presented.renewed)
    } else if (isSuperseded(presented)) {
      // Beside the refresh cookie of another session it is an old one, and would keep that one from renewing.
      if (presented.kind === 'revoked' && bringsAnother(c, presented.claims.sid)) cookies.token.clear(c.res)
    } else if (presented.kind === 'lapsed') cookies.take(c, c.res)
    else cookies.token.clear(c.res)
  }
}

/** Never a malformed, badly signed or revoked access token, nor a Bearer token. */
const mayBeRenewed = (found: Presented): boolean =>
  found.kind === 'none' || (found.kind === 'expired' && found.by === 'cookie')
