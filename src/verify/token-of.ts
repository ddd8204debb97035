import { readAuthorization } from '../lib/authorization.ts'
import { readCookie } from '../lib/read-cookie.ts'

/** The headers of a request: `Headers`, or those of a request of `node:http`, whose names are in small letters. */
export type RequestHeaders = FetchHeaders | NodeHeaders

// By their shapes: an app need not have Node's types.
interface FetchHeaders {
  get(name: string): string | null
}

interface NodeHeaders {
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
  readonly 'remote-assertion'?: string | undefined
}

/**
 * The name of the cookie that Latchkey sets: on https one that no other host can plant, and plain on loopback only. That of
 * COOKIE_DOMAIN, which any host of the domain can set, is taken by whoever names it.
 */
export const cookieNamesOf = (issuer: string): readonly string[] =>
  issuer.startsWith('https:') ? ['__Host-token'] : ['token']

/** The token that a request shows: of `Authorization: Bearer` (RFC 6750 2.1), else of the first cookie named. Null: none. */
export function tokenOf(headers: RequestHeaders, names: readonly string[]): string | null {
  const bearer = readAuthorization(headerOf(headers, 'authorization'), ['Bearer'])
  // Bearer wins over a cookie, and a bad one is never helped out by a good cookie.
  if (bearer) return bearer.credentials
  const cookie = headerOf(headers, 'cookie')
  for (const name of names) {
    const read = readCookie(cookie, name)
    if (read.kind === 'one') return read.value
    // One of them is not ours, and to choose would be a guess: an empty text is no token.
    if (read.kind === 'several') return ''
  }
  return null
}

/** What forward auth tells an app of who asks; null: nothing. A proxy that has nothing to tell sends it empty. */
export const assertionOf = (headers: RequestHeaders): string | null =>
  headerOf(headers, 'remote-assertion') || null

const headerOf = (headers: RequestHeaders, name: keyof NodeHeaders): string | undefined =>
  isOfFetch(headers) ? (headers.get(name) ?? undefined) : headers[name]

// Not whether it is there: a client may send a header that is called `get`, and that is a text.
const isOfFetch = (headers: RequestHeaders): headers is FetchHeaders =>
  typeof (headers as Partial<FetchHeaders>).get === 'function'
