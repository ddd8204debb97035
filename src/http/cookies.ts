import type { Context } from 'hono'
import { generateCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import type { Config } from '../config.ts'
import { type CookieRead, readCookie } from '../lib/read-cookie.ts'
import type { Grant } from '../sessions/grant.ts'

export interface Cookie {
  name: string
  read(header: string | undefined): CookieRead
  /** Adds the cookie to an answer, unless the answer already sets it: one Set-Cookie per name (RFC 6265bis 4.1.1). */
  set(answer: Response, value: string, maxAgeSeconds: number): Response
  /** Adds the cookie's removal, unless the answer already sets it. */
  clear(answer: Response): Response
}

// RFC 6265bis 5.5: no browser keeps one for longer.
const LONGEST_COOKIE_SECONDS = 400 * 86_400

const SECURE_NAMES = ['__Host-token', '__Secure-token', '__Host-refresh', '__Host-sent-back']

/** The cookies of a session: the access token's, and the refresh token's of a session that is remembered. */
export interface SessionCookies {
  token: Cookie
  refresh: Cookie
  /** How often the browser was just sent back to where it came from. No secret, and nothing is granted by it. */
  sentBack: Cookie
  /** Of all of them, in every mode: none is for an app. */
  names: readonly string[]
  /** Adds what was just issued to an answer; a refresh cookie of an earlier session goes. */
  give(c: Context, answer: Response, grant: Grant): Response
  /** Adds the removal of all that the request brought. */
  take(c: Context, answer: Response): Response
}

/** The only place that reads or sets a cookie. */
export function createCookies({
  publicUrl,
  cookieDomain,
}: Pick<Config, 'publicUrl' | 'cookieDomain'>): SessionCookies {
  const secure = publicUrl.startsWith('https:')
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const
  // A prefix keeps sibling hosts from planting the cookie. Without https there is none, and config allows that on loopback only.
  const token = cookieDomain
    ? createCookie('__Secure-token', { ...attributes, domain: cookieDomain })
    : createCookie(secure ? '__Host-token' : 'token', attributes)
  // Always of this host alone: apps may see the access token, never what renews it.
  const refresh = createCookie(secure ? '__Host-refresh' : 'refresh', attributes)
  const sentBack = createCookie(secure ? '__Host-sent-back' : 'sent-back', attributes)
  const bringsRefresh = (c: Context) => refresh.read(c.req.header('cookie')).kind !== 'none'

  return {
    token,
    refresh,
    sentBack,
    names: secure ? SECURE_NAMES : [token, refresh, sentBack].map(({ name }) => name),
    give(c, answer, { token: value, claims, refresh: renewal, endsAt }) {
      token.set(answer, value, claims.exp - claims.iat)
      // To the absolute end: how long it may lie idle is for the server to judge, for using the session moves that.
      if (renewal) refresh.set(answer, renewal.token, Math.min(endsAt - claims.iat, LONGEST_COOKIE_SECONDS))
      // A remembered session is never given without one, so what the request brought is an earlier session's.
      else if (bringsRefresh(c)) refresh.clear(answer)
      return answer
    },
    take(c, answer) {
      if (bringsRefresh(c)) refresh.clear(answer)
      return token.clear(answer)
    },
  }
}

function createCookie(name: string, attributes: CookieOptions): Cookie {
  const removal = generateCookie(name, '', { ...attributes, maxAge: 0, expires: new Date(0) })
  const add = (answer: Response, cookie: string) => {
    const isSet = answer.headers.getSetCookie().some((other) => other.startsWith(`${name}=`))
    if (!isSet) answer.headers.append('set-cookie', cookie)
    return answer
  }
  return {
    name,
    read: (header) => readCookie(header, name),
    set: (answer, value, maxAge) => add(answer, generateCookie(name, value, { ...attributes, maxAge })),
    clear: (answer) => add(answer, removal),
  }
}
