import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import vectors from '../vectors/cookie-header-cases.json' with { type: 'json' }
import { createCookies } from './cookies.ts'
import { CLIENTS, COOKIE, openApp } from './requests.testing.ts'

const HTTP = { publicUrl: 'http://localhost:8000', tokenAudiences: ['http://localhost:8000'] }
const SHARED = { publicUrl: 'https://auth.example.test', cookieDomain: 'example.test' }

describe('a Cookie header', () => {
  // What cannot be said in a Headers object is said over a raw socket in server.test.ts.
  const isSayable = (cookie: string) => /^[\t\x20-\x7e]*$/.test(cookie)

  for (const { cookie, session, why } of vectors.cases.filter((row) => isSayable(row.cookie))) {
    test(`cookie-header-cases: ${why}`, async () => {
      const { ask, begin } = await openApp()
      const [first, second] = [await begin(), await begin('user2')]
      // T is user1's token, U (and EVIL) are user2's; the letters in names and attributes stand.
      const header = cookie
        .replaceAll(/(?<==|")T(?=$|[;,%\s"])/g, first.token)
        .replaceAll(/(?<==|,)(U|EVIL)(?=$|;)/g, second.token)
      const answer = await ask('/welcome', { cookie: header })
      // A pair of quotes may be taken off or not; ours is left on, and no token then.
      if (cookie.includes('"')) assert.equal(answer.status, 400)
      else if (session === 'T') assert.deepEqual([answer.status, answer.body], [200, 'Welcome user1!'])
      else assert.ok([400, 401].includes(answer.status), `${answer.status}`)
      for (const as of CLIENTS) assert.ok((await ask('/session', { as, cookie: header })).status < 500)
    })
  }

  test('two cookies of our name are nobody, and are cleared', async () => {
    const { ask, begin } = await openApp()
    const [one, two] = [await begin(), await begin('user2')]
    for (const cookie of [
      `${one.cookie}; ${two.cookie}`,
      `${one.cookie}; ${one.cookie}`,
      `${COOKIE}=x; ${one.cookie}`,
    ]) {
      const answer = await ask('/welcome', { cookie })
      assert.equal(answer.status, 401)
      assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0/)
      assert.equal((await ask('/', { cookie })).location, '/signin')
      assert.equal((await ask('/refresh', { method: 'POST', cookie })).status, 401)
      assert.equal((await ask('/welcome', { as: 'browser', cookie })).location, '/signin?next=%2Fwelcome')
    }
  })
})

describe('set-cookie-assertions, in each mode', () => {
  for (const [mode, overrides, name] of [
    ['https', {}, '__Host-token'],
    ['http on loopback', HTTP, 'token'],
    ['COOKIE_DOMAIN', SHARED, '__Secure-token'],
  ] as const) {
    test(`${mode}: set at sign-in and refresh, taken, and cleared at sign-out with the same attributes`, async () => {
      const { signInBy, ask, clock, signIn } = await openApp(overrides)
      await signIn()
      const signedIn = await signInBy()
      const cookie = signedIn.setCookies[0]?.split(';')[0] ?? ''
      assert.ok(cookie.startsWith(`${name}=ey`))
      assert.equal((await ask('/welcome', { cookie })).status, 200)
      clock.advance(280)
      const renewed = await ask('/refresh', { method: 'POST', cookie })
      const out = await ask('/logout', { method: 'POST', cookie })
      const attributes = (line = '') =>
        line
          .split('; ')
          .slice(1)
          .filter((part) => !/^(Max-Age|Expires)=/.test(part))
      assert.deepEqual(attributes(out.setCookies[0]), attributes(signedIn.setCookies[0]))
      assert.deepEqual(attributes(renewed.setCookies[0]), attributes(signedIn.setCookies[0]))
      assert.deepEqual(
        [signedIn, renewed, out].map(({ setCookies }) => setCookies.length),
        [1, 1, 1],
      )
    })
  }

  test('the cookie of one mode is nothing in another', async () => {
    const { token } = await (await openApp(HTTP)).signIn()
    for (const overrides of [{}, SHARED]) {
      const { ask } = await openApp(overrides)
      for (const name of ['token', '__Secure-token', '__Host-token']) {
        assert.ok((await ask('/welcome', { cookie: `${name}=${token}` })).status >= 400)
      }
    }
  })

  test('a token at the end of its session gets no longer cookie than it lives', async () => {
    const { ask, signIn, clock } = await openApp({ sessionMaxAgeSeconds: 320 })
    const { cookie } = await signIn()
    clock.advance(290)
    const answer = await ask('/refresh', { method: 'POST', cookie })
    assert.match(answer.setCookies.join(), /; Max-Age=30;/)
  })

  test('GHSA-26pp-8wgv-hjvm, GHSA-5pq2-9x2x-5p6w, CVE-2026-47675: nothing that a user chose reaches an attribute', () => {
    const { token, refresh } = createCookies(SHARED)
    for (const [cookie, domains] of [
      [token, ['; Domain=example.test;']],
      [refresh, []],
    ] as const) {
      const answer = cookie.set(new Response(), 'a; Domain=evil.test\r\nSet-Cookie: b=c', 10)
      const [line = '', ...more] = answer.headers.getSetCookie()
      assert.deepEqual([line.match(/; domain=[^;]*;/gi) ?? [], more], [domains, []])
    }
  })
})
