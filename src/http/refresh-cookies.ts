import type { Context } from 'hono'
import type { Deps } from '../deps.ts'
import type { SessionCookies } from './cookies.ts'

// Two cookies of our name: one of them may be planted, and the other must be ended all the same. Of more than these none is
// looked at, for each costs a write.
export const MOST_COOKIES = 8

/** The sessions that a request's refresh cookies name. Only what we tagged names one, though it may be long displaced. */
export function sidsOfRefreshCookies(
  c: Context,
  { refreshTokens, cookies }: Pick<Deps, 'refreshTokens'> & { cookies: SessionCookies },
): string[] {
  const read = cookies.refresh.read(c.req.header('cookie'))
  const values = read.kind === 'one' ? [read.value] : read.kind === 'several' ? read.values : []
  return values.slice(0, MOST_COOKIES).flatMap((value) => refreshTokens.sidOf(value) ?? [])
}
