import { generateCookie } from 'hono/cookie'
import type { Config } from '../config.ts'
import type { Claims } from '../tokens/claims.ts'

/** What a request's Cookie header holds of one name. */
export type CookieRead =
  | { kind: 'none' }
  | { kind: 'one'; value: string }
  | { kind: 'several'; values: string[] }

export interface TokenCookie {
  name: string
  read(header: string | undefined): CookieRead
  /** Adds the cookie of a token just issued to an answer: it lives as long as the token. */
  set(answer: Response, grant: { token: string; claims: Claims }): Response
  /** Adds the cookie's removal, unless the answer already sets it: one Set-Cookie per name (RFC 6265bis 4.1.1). */
  clear(answer: Response): Response
}

/** The access token's cookie: the only place that reads or sets it. */
export function createTokenCookie({
  publicUrl,
  cookieDomain,
}: Pick<Config, 'publicUrl' | 'cookieDomain'>): TokenCookie {
  const secure = publicUrl.startsWith('https:')
  // A prefix keeps sibling hosts from planting the cookie. Without https there is none, and config allows that on loopback only.
  const name = secure ? `${cookieDomain ? '__Secure-' : '__Host-'}token` : 'token'
  const attributes = {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure,
    ...(cookieDomain && { domain: cookieDomain }),
  } as const
  const removal = generateCookie(name, '', { ...attributes, maxAge: 0, expires: new Date(0) })

  return {
    name,
    read: (header) => readCookie(header, name),
    set(answer, { token, claims }) {
      const maxAge = claims.exp - claims.iat
      answer.headers.append('set-cookie', generateCookie(name, token, { ...attributes, maxAge }))
      return answer
    },
    clear(answer) {
      const isSet = answer.headers.getSetCookie().some((cookie) => cookie.startsWith(`${name}=`))
      if (!isSet) answer.headers.append('set-cookie', removal)
      return answer
    },
  }
}

/**
 * Reads one name from a Cookie header, strictly (RFC 6265bis 4.2): names to the letter, only space and tab trimmed, values
 * taken as they are, without percent-decoding. Two cookies of the name are told apart from one, for one of them is not ours.
 */
export function readCookie(header: string | undefined, name: string): CookieRead {
  if (!header?.includes(name)) return { kind: 'none' }
  const values: string[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals >= 0 && trim(pair.slice(0, equals)) === name) values.push(trim(pair.slice(equals + 1)))
  }
  const [value, ...more] = values
  if (more.length > 0) return { kind: 'several', values }
  return value ? { kind: 'one', value } : { kind: 'none' }
}

/** Space and tab only: String.trim would also take a no-break space, which browsers keep (GHSA-r5rp-j6wh-rvv4). */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number) => code === 0x20 || code === 0x09
