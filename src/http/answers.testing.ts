import assert from 'node:assert/strict'
import type { Config } from '../config.ts'
import type { Answer, Asked } from './requests.testing.ts'

/** For tests only: what must hold of every answer, whoever asked and for what. */

/** As they are written anywhere: an access token is a JWS in compact form, a refresh token a UUID and twice 32 bytes. */
export const ACCESS_TOKEN = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/
export const REFRESH_TOKEN = /[0-9a-f-]{36}\.[\w-]{43}\.[\w-]{43}/

/** The headers of T22, and the promise that no token is ever in a body or a Location (ASVS 14.2.1). */
export function assertAnswer(answer: Answer, config: Config, path = '', asked: Asked = {}): void {
  const { status, headers, body, location, setCookies } = answer
  const about = `${status} ${path} ${location ?? ''}`
  const csp = headers.get('content-security-policy') ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    ["form-action 'self'", ...config.returnTo].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(csp.split('; ').includes(rule), `${about}: CSP has ${rule}`)
  }
  assert.doesNotMatch(csp.replace(config.returnTo.join(' '), ''), /unsafe|\*/, about)
  assert.equal(headers.get('referrer-policy'), 'same-origin', about)
  assert.equal(headers.get('x-content-type-options'), 'nosniff', about)
  assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', about)
  assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', about)
  const isHttps = config.publicUrl.startsWith('https:')
  const hsts = Number(
    /^max-age=(\d+); includeSubDomains$/.exec(headers.get('strict-transport-security') ?? '')?.[1],
  )
  assert.equal(
    isHttps ? hsts >= 31_536_000 : headers.get('strict-transport-security'),
    isHttps || null,
    about,
  )
  for (const name of ['server', 'x-powered-by', 'access-control-allow-credentials']) {
    assert.equal(headers.get(name), null, `${about}: ${name}`)
  }
  const origin = allowedOrigin(answer, config, path, asked)
  assert.equal(headers.get('access-control-allow-origin'), origin, `${about}: who may read it`)
  if (body !== '')
    assert.match(
      headers.get('content-type') ?? '',
      /^[a-z]+\/[a-z+-]+(; version=0\.0\.4)?(; charset=utf-8)?$/,
      about,
    )
  const rest =
    status !== 200
      ? body
      : givesPair(path, asked)
        ? withoutPair(answer)
        : givesToken(path, asked)
          ? withoutToken(answer)
          : body
  for (const token of [ACCESS_TOKEN, REFRESH_TOKEN])
    assert.doesNotMatch(rest + location, token, `${about}: a token in the body`)
  if (origin === '*') assert.equal(headers.get('cache-control'), 'public, max-age=300', about)
  else if (headers.get('cache-control') !== 'no-cache') {
    assert.equal(headers.get('cache-control'), 'no-store', about)
    const isOpen = config.corsOrigins.length > 0 && isApi(path)
    const vary = `Accept, Authorization, Cookie${isOpen ? ', Origin' : ''}`
    assert.equal(headers.get('vary')?.replace(', Access-Control-Request-Headers', ''), vary, about)
  }
  if (location !== null) assertLocation(location, config)
  if (keepsCookiesOut(path, asked)) assert.deepEqual(setCookies, [], `${about}: a cookie for an API client`)
}

const pathOf = (path: string) => path.split('?', 1)[0] ?? ''
const isApi = (path: string) => path.startsWith('/v1/')

/** The two documents of public keys are for every origin; the rest of the API for those that are named; nothing else for any. */
function allowedOrigin({ status }: Answer, config: Config, path: string, { headers }: Asked): string | null {
  const isKeys = ['/.well-known/jwks.json', '/v1/keys'].includes(pathOf(path))
  if (isKeys && (status === 200 || status === 304)) return '*'
  return isApi(path) ? (config.corsOrigins.find((origin) => origin === headers?.origin) ?? null) : null
}

const isPost = ({ method, form, json, body }: Asked) =>
  method === undefined ? (form ?? json ?? body) !== undefined : method === 'POST'

const isBearer = ({ bearer, headers }: Asked) =>
  bearer !== undefined || /^bearer/i.test(headers?.authorization ?? '')

/** The three places where an API client is given a pair of tokens in the body. There is no other. */
const givesPair = (path: string, asked: Asked) =>
  isPost(asked) &&
  (path === '/login' || path === '/token/refresh' || (path === '/account/password' && isBearer(asked)))

/** A pair is JSON of exactly these members, each token in its own; the text of the rest is given back. */
function withoutPair({ headers, body }: Answer): string {
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8')
  const { access_token, refresh_token, ...rest } = JSON.parse(body)
  assert.match(access_token, new RegExp(`^${ACCESS_TOKEN.source}$`))
  assert.match(refresh_token, new RegExp(`^${REFRESH_TOKEN.source}$`))
  assert.deepEqual(Object.keys(rest).sort(), ['expires_in', 'refresh_expires_in', 'token_type'])
  return JSON.stringify(rest)
}

/** The one place where a bare token is the whole body. */
const givesToken = (path: string, asked: Asked) =>
  pathOf(path) === '/v1/auth' && (isPost(asked) || asked.method === 'PUT')

function withoutToken({ headers, body }: Answer): string {
  assert.equal(headers.get('content-type'), 'application/jwt')
  assert.match(body, new RegExp(`^${ACCESS_TOKEN.source}$`))
  return ''
}

/** No answer to a Bearer token sets or clears a cookie, but to a password given where cookies are handed out. */
const keepsCookiesOut = (path: string, asked: Asked) =>
  path === '/login' ||
  path === '/token/refresh' ||
  isApi(path) ||
  path === '/.well-known/jwks.json' ||
  (isBearer(asked) && !(isPost(asked) && (path === '/signin' || path === '/setup')))

/** The oracle of the redirect lists: whatever we redirect to is ours, or named by RETURN_TO, as a browser resolves it. */
export function assertLocation(
  location: string,
  { publicUrl, returnTo }: Pick<Config, 'publicUrl' | 'returnTo'>,
): void {
  const url = new URL(location, publicUrl)
  assert.ok([publicUrl, ...returnTo].some(leadsTo(url.origin)), location)
  assert.equal(url.username + url.password, '', location)
  assert.match(location, /^[\x21-\x5b\x5d-\x7e]+$/, location)
  assert.ok(!url.pathname.startsWith('//') && !location.startsWith('//'), location)
}

/** By a pattern, where the product compares texts. */
const leadsTo = (origin: string) => (name: string) =>
  new RegExp(`^${RegExp.escape(name).replace('\\*', '[^.]+')}$`).test(origin)

/** The problem document of an answer (RFC 9457), with the members that all of them have. */
export function problemOf({ status, headers, body }: Answer): Record<string, unknown> & { code: string } {
  assert.equal(headers.get('content-type'), 'application/problem+json; charset=utf-8', body)
  const problem = JSON.parse(body)
  assert.equal(problem.status, status)
  for (const member of ['title', 'detail', 'code', 'request_id'])
    assert.equal(typeof problem[member], 'string', member)
  return problem
}

/** A refusal in two words: its status and its code. */
export const refusalOf = (answer: Answer): [status: number, code: string] => [
  answer.status,
  problemOf(answer).code,
]

export const isPage = ({ headers }: Answer): boolean =>
  headers.get('content-type') === 'text/html; charset=utf-8'
