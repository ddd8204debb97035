import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { Config } from '../config.ts'
import { GOOD_PASSWORD, testApp } from '../testing.ts'
import { assertSetCookies } from './set-cookie.testing.ts'

/** For tests only: asks a Latchkey in memory as a browser, as curl or as a script, and checks what every answer must have. */

export const PUBLIC_URL = 'https://auth.example.test'
export const COOKIE = '__Host-token'

export const ACCEPT = {
  browser: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  curl: '*/*',
  json: 'application/json',
} as const
export type Client = keyof typeof ACCEPT
export const CLIENTS = Object.keys(ACCEPT) as Client[]

export interface Asked {
  as?: Client
  method?: string
  /** A whole Cookie header. */
  cookie?: string | undefined
  bearer?: string
  form?: Record<string, string>
  json?: unknown
  body?: string | Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  body: string
  location: string | null
  setCookies: string[]
}

const FORM = 'application/x-www-form-urlencoded'

export function toRequest({
  as = 'curl',
  method,
  cookie,
  bearer,
  form,
  json,
  body,
  headers,
}: Asked): RequestInit {
  const sent = form ? new URLSearchParams(form).toString() : json === undefined ? body : JSON.stringify(json)
  return {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    headers: {
      accept: ACCEPT[as],
      ...(form && { 'content-type': FORM }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(cookie !== undefined && { cookie }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  }
}

export async function toAnswer(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: response.headers,
    body: await response.text(),
    location: response.headers.get('location'),
    setCookies: response.headers.getSetCookie(),
  }
}

/** A Latchkey in memory that is closed at the end of the test. Each answer that `ask` gives has been checked. */
export async function openApp(overrides: Partial<Config> = {}) {
  const test = await testApp(overrides)
  after(() => test.deps.close())
  const { config } = test.deps

  async function ask(path: string, asked: Asked = {}): Promise<Answer> {
    const answer = await toAnswer(await test.app.request(path, toRequest(asked)))
    assertAnswer(answer, config)
    assertSetCookies(answer, config, test.clock.now())
    return answer
  }

  const signInBy = (asked: Asked = {}, next?: string) =>
    ask('/signin', { form: { username: 'user1', password: GOOD_PASSWORD, ...(next && { next }) }, ...asked })

  /** A session without the price of checking a password: for tests that need many. */
  async function begin(username = 'user1') {
    const { accounts, sessions } = test.deps
    if (!(await accounts.findByName(username))) await accounts.add({ username, password: GOOD_PASSWORD })
    const user = await accounts.findByName(username)
    assert.ok(user)
    const grant = await sessions.start(user, { device: 'Test', address: '' })
    assert.ok(grant)
    const { token, claims } = grant
    return {
      token,
      sid: claims.sid,
      cookie: `${config.publicUrl.startsWith('https:') ? COOKIE : 'token'}=${token}`,
    }
  }

  /** Whether a cookie is good for a page now. */
  const isLive = async (cookie: string) => (await ask('/session', { cookie })).status === 200

  return { ...test, ask, signInBy, begin, isLive }
}

/** The headers of T22, and the promise that no token is ever in a body or a Location (ASVS 14.2.1). */
export function assertAnswer({ status, headers, body, location }: Answer, config: Config): void {
  const about = `${status} ${location ?? ''}`
  const csp = headers.get('content-security-policy') ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(csp.split('; ').includes(rule), `${about}: CSP has ${rule}`)
  }
  assert.doesNotMatch(csp, /unsafe|\*/, about)
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
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) {
    assert.equal(headers.get(name), null, `${about}: ${name}`)
  }
  if (body !== '')
    assert.match(headers.get('content-type') ?? '', /^[a-z]+\/[a-z+]+(; charset=utf-8)?$/, about)
  assert.doesNotMatch(body + location, /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/, `${about}: a token in the body`)
  if (headers.get('cache-control') !== 'no-cache') {
    assert.equal(headers.get('cache-control'), 'no-store', about)
    assert.equal(headers.get('vary'), 'Accept, Authorization, Cookie', about)
  }
  if (location !== null) assertLocation(location, config)
}

/** The oracle of the redirect lists: whatever we redirect to is ours, as a browser resolves it. */
export function assertLocation(location: string, { publicUrl }: Pick<Config, 'publicUrl'>): void {
  const url = new URL(location, publicUrl)
  assert.equal(url.origin, publicUrl, location)
  assert.match(location, /^[\x21-\x5b\x5d-\x7e]+$/, location)
  assert.ok(!url.pathname.startsWith('//') && !location.startsWith('//'), location)
}

/** The problem document of an answer (RFC 9457), with the members that all of them have. */
export function problemOf({ status, headers, body }: Answer): Record<string, unknown> & { code: string } {
  assert.equal(headers.get('content-type'), 'application/problem+json; charset=utf-8', body)
  const problem = JSON.parse(body)
  assert.equal(problem.status, status)
  for (const member of ['title', 'detail', 'code', 'request_id'])
    assert.equal(typeof problem[member], 'string', member)
  return problem
}

export const isPage = ({ headers }: Answer): boolean =>
  headers.get('content-type') === 'text/html; charset=utf-8'
