import type { Context, MiddlewareHandler } from 'hono'
import type { Resumed, Sessions } from '../../sessions/sessions.ts'
import type { TokenCookie } from '../cookies.ts'
import type { AppEnv } from '../env.ts'

/** What a request presents to say who asks, and what it is worth. */
export type Presented =
  | { kind: 'none'; by: null }
  /** Two cookies of our name: one of them is not ours, and we do not guess which. */
  | { kind: 'several'; by: 'cookie'; values: string[] }
  | (Resumed & { by: 'cookie' | 'bearer' })

export interface LoadSessionNeeds {
  sessions: Pick<Sessions, 'resume'>
  cookie: TokenCookie
}

/** Finds out who asks and puts it into `c.var.session`. It never refuses: guards do. */
export function loadSession({ sessions, cookie }: LoadSessionNeeds): MiddlewareHandler<AppEnv> {
  return async function loadSession(c, next) {
    const presented = await present(c)
    c.set('session', presented)
    await next()
    if (isDeadCookie(presented)) cookie.clear(c.res)
  }

  async function present(c: Context): Promise<Presented> {
    // Bearer wins over a cookie, and a bad one is never helped out by a good cookie.
    const bearer = bearerToken(c.req.header('authorization'))
    if (bearer !== null) return { ...notMalformed(await sessions.resume(bearer)), by: 'bearer' }
    const read = cookie.read(c.req.header('cookie'))
    if (read.kind === 'none') return { kind: 'none', by: null }
    if (read.kind === 'several') return { ...read, by: 'cookie' }
    return { ...(await sessions.resume(read.value)), by: 'cookie' }
  }
}

/** The token of `Authorization: Bearer`, `` when it has none; null when the header is absent or of another scheme. */
function bearerToken(authorization: string | undefined): string | null {
  const match = authorization === undefined ? null : /^Bearer(?:\s+(.*))?$/i.exec(authorization)
  return match && (match[1] ?? '')
}

/** RFC 6750 3.1 knows one answer for every bad Bearer token. */
const notMalformed = (resumed: Resumed): Resumed =>
  resumed.kind === 'malformed' ? { kind: 'invalid' } : resumed

const isDeadCookie = (presented: Presented) => presented.kind !== 'live' && presented.by === 'cookie'
