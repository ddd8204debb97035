import type { Config } from '../config.ts'

const TWO_YEARS_SECONDS = 63_072_000

/** `style-src 'self'` and the like, and nothing inline: what a page may do is what we serve. */
const contentSecurityPolicy = (returnTo: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    // Chromium holds where a form's answer redirects to against this too: signing in may lead back to an app.
    ["form-action 'self'", ...returnTo].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Every 401 says how to do better (RFC 9110 11.6.1). */
export const CHALLENGE = 'Bearer realm="latchkey"'

type PlainHeaders = Record<string, string>

/** Every answer is made here, so that every answer carries the fixed headers (SECURITY checklist V3). */
export interface Answers {
  page(html: string, status?: number): Response
  text(text: string, status?: number, headers?: PlainHeaders): Response
  json(value: unknown, status?: number, headers?: PlainHeaders): Response
  /** JSON made before, which many are given and nobody copies. */
  jsonBytes(body: Uint8Array<ArrayBuffer>, headers?: PlainHeaders): Response
  /** A bare token and nothing else (RFC 7519 10.3.1). */
  jwt(token: string): Response
  /** 303: whatever the request was, the next one is a GET (RFC 9700 4.12). */
  redirect(location: string, status?: 302 | 303 | 307): Response
  empty(status: number): Response
  /** A file of public/, or a document of public keys: may be cached, unlike everything else. */
  file(body: string | Uint8Array<ArrayBuffer> | null, status: number, headers: PlainHeaders): Response
}

/**
 * The headers are plain objects made once, handed over with a string body: a middleware that adds them to each answer
 * costs as much again as the rest of the request.
 */
export function createAnswers({ publicUrl, returnTo }: Pick<Config, 'publicUrl' | 'returnTo'>): Answers {
  const fixed: PlainHeaders = {
    'content-security-policy': contentSecurityPolicy(returnTo),
    // Never no-referrer: browsers then send `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    ...(publicUrl.startsWith('https:') && {
      'strict-transport-security': `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`,
    }),
  }
  const personal: PlainHeaders = {
    ...fixed,
    'cache-control': 'no-store',
    vary: 'Accept, Authorization, Cookie',
  }
  const html = { ...personal, 'content-type': 'text/html; charset=utf-8' }
  const challenging = { ...html, 'www-authenticate': CHALLENGE }
  const text = { ...personal, 'content-type': 'text/plain; charset=utf-8' }
  const json = { ...personal, 'content-type': 'application/json; charset=utf-8' }
  const jwt = { ...personal, 'content-type': 'application/jwt' }

  return {
    page: (body, status = 200) =>
      new Response(body, { status, headers: status === 401 ? challenging : html }),
    text: (body, status = 200, headers) =>
      new Response(body, { status, headers: headers ? { ...text, ...headers } : text }),
    json: (value, status = 200, headers) =>
      new Response(JSON.stringify(value), { status, headers: headers ? { ...json, ...headers } : json }),
    jsonBytes: (body, headers) => new Response(body, { headers: headers ? { ...json, ...headers } : json }),
    jwt: (token) => new Response(token, { headers: jwt }),
    redirect: (location, status = 303) => new Response(null, { status, headers: { ...personal, location } }),
    empty: (status) => new Response(null, { status, headers: personal }),
    file: (body, status, headers) => new Response(body, { status, headers: { ...fixed, ...headers } }),
  }
}
