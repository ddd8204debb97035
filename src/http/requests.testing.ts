import assert from 'node:assert/strict'
import { after } from 'node:test'
import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import type { Beginning } from '../sessions/sessions.ts'
import { GOOD_PASSWORD, testDeps } from '../testing.ts'
import { assertAnswer } from './answers.testing.ts'
import { assertSetCookies } from './set-cookie.testing.ts'

/** For tests only: asks a Latchkey in memory as a browser, as curl or as a script, and checks what every answer must have. */

export const PUBLIC_URL = 'https://auth.example.test'
export const COOKIE = '__Host-token'
export const REFRESH_COOKIE = '__Host-refresh'
export const FROM_TEST = { device: 'Test', address: '192.0.2.1' }

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

/** The value that an answer gives the cookie of this name: empty where it takes it away, null where it leaves it alone. */
export function cookieGiven({ setCookies }: Answer, name: string): string | null {
  const line = setCookies.find((text) => text.startsWith(`${name}=`))
  return line === undefined ? null : line.slice(name.length + 1, line.indexOf(';'))
}

/** A Latchkey in memory that is closed at the end of the test. Each answer that `ask` gives has been checked. */
export async function openApp(overrides: Partial<Config> = {}) {
  const test = await testDeps(overrides)
  after(() => test.deps.close())
  const { config, accounts, sessions } = test.deps
  const app = createApp(test.deps)

  async function ask(path: string, asked: Asked = {}): Promise<Answer> {
    const answer = await toAnswer(await app.request(path, toRequest(asked)))
    assertAnswer(answer, config, path, asked)
    assertSetCookies(answer, config, test.clock.now())
    return answer
  }

  async function addUser(username = 'user1', password = GOOD_PASSWORD) {
    const known = await accounts.findByName(username)
    if (known) return known
    const added = await accounts.add({ username, password }, FROM_TEST)
    assert.ok(added.kind === 'added')
    return added.user
  }

  const signInBy = (asked: Asked = {}, next?: string) =>
    ask('/signin', { form: { username: 'user1', password: GOOD_PASSWORD, ...(next && { next }) }, ...asked })

  /** Makes a user and signs in as a script does. */
  async function signIn(username = 'user1', password = GOOD_PASSWORD) {
    await addUser(username, password)
    const response = await ask('/signin', { json: { username, password } })
    const [cookie = ''] = (response.setCookies[0] ?? '').split(';')
    return { response, cookie, token: cookie.slice(cookie.indexOf('=') + 1) }
  }

  /** A session without the price of checking a password: for tests that need many. */
  async function begin(username = 'user1', beginning: Partial<Beginning> = {}) {
    const user = await addUser(username)
    const grant = await sessions.start(user, { carrier: 'cookie', remember: false, ...beginning }, FROM_TEST)
    assert.ok(grant)
    const { token, claims, refresh } = grant
    const isHttps = config.publicUrl.startsWith('https:')
    return {
      token,
      sid: claims.sid,
      cookie: `${isHttps ? COOKIE : 'token'}=${token}`,
      refreshToken: refresh?.token ?? '',
      refreshCookie: `${isHttps ? REFRESH_COOKIE : 'refresh'}=${refresh?.token}`,
    }
  }

  /** As `begin`, as an API client or as a device that stays signed in. */
  const beginPair = (username?: string) => begin(username, { carrier: 'bearer', remember: true })
  const beginRemembered = (username?: string) => begin(username, { remember: true })

  /** Whether a cookie is good for a page now. */
  const isLive = async (cookie: string) => (await ask('/session', { cookie })).status === 200

  /** The session as the store has it. */
  const stored = async (sid: string) => {
    const session = await test.deps.sessionStore.find(sid)
    assert.ok(session)
    return session
  }

  return { ...test, app, ask, addUser, signIn, signInBy, begin, beginPair, beginRemembered, isLive, stored }
}

export type Latchkey = Awaited<ReturnType<typeof openApp>>
