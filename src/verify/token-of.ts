import { readAuthorization } from '../lib/authorization.ts'
import { readCookie } from '../lib/read-cookie.ts'

/** The names of the cookie that Latchkey sets, the strongest first: on https it has a prefix, and plain it is on loopback only. */
export const cookieNamesOf = (issuer: string): readonly string[] =>
  issuer.startsWith('https:') ? ['__Host-token', '__Secure-token'] : ['token']

/** The token that a request shows: of `Authorization: Bearer` (RFC 6750 2.1), else of the first cookie named. Null: none. */
export function tokenOf(
  authorization: string | undefined,
  cookie: string | undefined,
  names: readonly string[],
): string | null {
  const bearer = readAuthorization(authorization, ['Bearer'])
  // Bearer wins over a cookie, and a bad one is never helped out by a good cookie.
  if (bearer) return bearer.credentials
  for (const name of names) {
    const read = readCookie(cookie, name)
    if (read.kind === 'one') return read.value
    // One of them is not ours, and to choose would be a guess: an empty text is no token.
    if (read.kind === 'several') return ''
  }
  return null
}
