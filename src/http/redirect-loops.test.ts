import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { APP, type Family, openForwardAuth } from './forward-auth.testing.ts'
import { type Answer, FROM_TEST, PUBLIC_URL } from './requests.testing.ts'

// A browser in front of an app behind forward auth, in every state that its cookies can be in: it always arrives somewhere.

const PAGE = `${APP}/wiki?q=1`
const TOKEN = '__Secure-token'
const MOST_HOPS = 12

/** Of a domain, and so of its hosts too, or of one host alone. */
interface Kept {
  name: string
  value: string
  domain: string
  isHostOnly: boolean
}

type Latchkey = Awaited<ReturnType<typeof openForwardAuth>>
type Made = Record<'live' | 'refresh', string>

/** What a browser may hold, made of a session that was just begun. */
const TOKENS = {
  none: async () => null,
  live: async ({ live }: Made) => live,
  malformed: async () => 'x',
  forged: async ({ live }: Made) => `${live.slice(0, -8)}AAAAAAAA`,
  expired: async (_: Made, test: Latchkey) => {
    const { token } = await test.begin('user2')
    test.clock.advance(301)
    return token
  },
  revoked: async (_: Made, test: Latchkey) => {
    const { token, sid } = await test.begin('user2')
    await test.deps.endings.one(sid, 'ended-elsewhere', FROM_TEST)
    return token
  },
}
const REFRESHES = {
  none: async () => null,
  good: async ({ refresh }: Made) => refresh,
  malformed: async () => 'x',
  reused: async (_: Made, test: Latchkey) => {
    const { refreshToken } = await test.beginRemembered('user2')
    for (let token = refreshToken, n = 0; n < 2; n++) {
      const outcome = await test.deps.rotate(token, 'cookie', FROM_TEST)
      token = outcome.kind === 'rotated' ? (outcome.grant.refresh?.token ?? '') : ''
    }
    test.clock.advance(60)
    return refreshToken
  },
  ended: async (_: Made, test: Latchkey) => {
    const { refreshToken, sid } = await test.beginRemembered('user2')
    await test.deps.endings.one(sid, 'signed-out', FROM_TEST)
    return refreshToken
  },
}
/** A second token cookie that only the app's host is sent: left there by an app, or by an attacker who has a page there. */
const SHADOWS = { none: TOKENS.none, malformed: TOKENS.malformed, live: TOKENS.live }

type State<S extends Record<string, unknown>> = Extract<keyof S, string>
const statesOf = <S extends Record<string, unknown>>(states: S) => Object.keys(states) as State<S>[]

describe('a browser that comes to an app always arrives', () => {
  for (const family of ['nginx', 'caddy'] as const)
    for (const token of statesOf(TOKENS))
      for (const refresh of statesOf(REFRESHES))
        for (const shadow of statesOf(SHADOWS))
          it(`by ${family}, with token ${token}, refresh token ${refresh}, another at the app ${shadow}`, async () => {
            const where = await walk(family, { token, refresh, shadow })
            const isSignedIn = token === 'live' || (refresh === 'good' && ['none', 'expired'].includes(token))
            if (shadow === 'none') assert.equal(where, isSignedIn ? 'app' : 'form')
            // The shadow's own sign-in is taken at the app when it is alone there.
            else if (where === 'app') assert.equal(shadow, 'live')
            else assert.equal(where, isSignedIn ? 'explained' : 'form')
          })

  it('also when the cookie cannot reach the app at all, with a page that says so, and again after "Try again"', async () => {
    const test = await openForwardAuth()
    const { refreshToken } = await test.beginRemembered()
    const jar = [hostOnly('__Host-refresh', refreshToken, 'auth.example.test')]
    for (let n = 0; n < 2; n++) {
      const { where, answer } = await follow(test, 'nginx', jar)
      assert.equal(where, 'explained')
      assert.equal(answer.status, 409)
      assert.match(
        answer.body,
        /sent you back here again and again.*delete the cookies of https:\/\/app\.example\.test\./s,
      )
      assert.match(answer.body, /href="https:\/\/app\.example\.test\/wiki\?q=1"/)
    }
  })

  it('and is not held up when it comes back to one place often, but not at once', async () => {
    const test = await openForwardAuth({ cookieDomain: 'example.test' })
    const { token } = await test.begin()
    const jar = [ofDomain(token)]
    for (let n = 0; n < 10; n++) {
      const answer = await test.ask(`/signin?next=${encodeURIComponent(PAGE)}`, {
        as: 'browser',
        cookie: sent(jar, PUBLIC_URL),
      })
      assert.equal(answer.status, 303)
      // Ten seconds later browsers have forgotten the count.
      assert.match(answer.setCookies.join(), /^__Host-sent-back=1\.[^;]+; Max-Age=10;/)
    }
  })
})

async function walk(
  family: Family,
  states: { token: keyof typeof TOKENS; refresh: keyof typeof REFRESHES; shadow: keyof typeof SHADOWS },
): Promise<string> {
  const test = await openForwardAuth({ cookieDomain: 'example.test' })
  const old = { live: '', refresh: '' }
  // What must be old first, for it lets time pass.
  const isOld = (name: string) => ['expired', 'reused', 'ended', 'revoked'].includes(name)
  const early = {
    token: isOld(states.token) ? await TOKENS[states.token](old, test) : null,
    refresh: isOld(states.refresh) ? await REFRESHES[states.refresh](old, test) : null,
  }
  const { token: live, refreshToken } = await test.beginRemembered()
  const made = { live, refresh: refreshToken }
  const token = early.token ?? (await TOKENS[states.token](made, test))
  const refresh = early.refresh ?? (await REFRESHES[states.refresh](made, test))
  const shadow = await SHADOWS[states.shadow](made)
  const jar = [
    ...(token === null ? [] : [ofDomain(token)]),
    ...(refresh === null ? [] : [hostOnly('__Host-refresh', refresh, 'auth.example.test')]),
    ...(shadow === null ? [] : [hostOnly(TOKEN, shadow, 'app.example.test')]),
  ]
  return (await follow(test, family, jar)).where
}

/** As a browser does: asks the app, and goes where it is sent, until it is sent nowhere. */
async function follow(
  test: Latchkey,
  family: Family,
  jar: Kept[],
): Promise<{ where: string; answer: Answer }> {
  let url = PAGE
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const cookie = sent(jar, url)
    const isApp = url.startsWith(APP)
    const answer = isApp
      ? await test.check(family, { cookie, original: { url } })
      : await test.ask(url.slice(PUBLIC_URL.length), { as: 'browser', cookie })
    for (const line of answer.setCookies) keep(jar, line, new URL(url).hostname)
    if (!answer.location) return { where: nameOf(answer, isApp), answer }
    url = new URL(answer.location, url).href
  }
  throw new Error(`a loop: ${url}`)
}

function nameOf({ status, body }: Answer, isApp: boolean): string {
  if (isApp) return status === 200 ? 'app' : `app ${status}`
  if (status === 409) return 'explained'
  return body.includes('name="password"') ? 'form' : `page ${status}`
}

const ofDomain = (value: string): Kept => ({ name: TOKEN, value, domain: 'example.test', isHostOnly: false })
const hostOnly = (name: string, value: string, domain: string): Kept => ({
  name,
  value,
  domain,
  isHostOnly: true,
})

/** The Cookie header for an address (RFC 6265bis 5.8.3). */
function sent(jar: Kept[], url: string): string | undefined {
  const { hostname } = new URL(url)
  const kept = jar.filter(
    ({ domain, isHostOnly }) => hostname === domain || (!isHostOnly && hostname.endsWith(`.${domain}`)),
  )
  return kept.length > 0 ? kept.map(({ name, value }) => `${name}=${value}`).join('; ') : undefined
}

function keep(jar: Kept[], line: string, hostname: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  const domain = /; Domain=([^;]+)/.exec(line)?.[1]
  const at = jar.findIndex((kept) => kept.name === name && kept.domain === (domain ?? hostname))
  if (at >= 0) jar.splice(at, 1)
  if (value) jar.push({ name, value, domain: domain ?? hostname, isHostOnly: domain === undefined })
}
