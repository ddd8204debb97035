import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../../testing.ts'
import vectors from '../../vectors/http-csrf-cases.json' with { type: 'json' }
import { isPage, problemOf } from '../answers.testing.ts'
import { CLIENTS, type Latchkey, openApp, PUBLIC_URL } from '../requests.testing.ts'

// Where the file leaves a choice, ours: `none` on a POST and an origin in other letters are refused; an unknown
// Sec-Fetch-Site says nothing, so a good Origin passes.
const CHOICES: Record<string, 'pass' | '403'> = {
  'none/null': '403',
  'bogus/PUBLIC': 'pass',
  'null/https://AUTH.example.test': '403',
}

type Row = (typeof vectors.cases)[number]

const headersOf = ({ content_type, sec_fetch_site, origin }: Row) => ({
  ...(content_type !== null && { 'content-type': content_type }),
  ...(sec_fetch_site !== null && { 'sec-fetch-site': sec_fetch_site }),
  ...(origin !== null && { origin: origin === 'PUBLIC' ? PUBLIC_URL : origin }),
})

const expected = ({ method, expect, sec_fetch_site, origin }: Row) =>
  method === 'DELETE' || method === 'GET' || method === 'HEAD' || expect === 'pass' || expect === '403'
    ? expect
    : CHOICES[`${sec_fetch_site}/${origin}`]

interface Case {
  form?: Record<string, string>
  /** The refresh token of an API client as the form. */
  pair?: true
  /** The bare token of an API client in the header. */
  bare?: true
  /** The status when it is let do its work. */
  pass: number
}

const good = { username: 'user1', password: GOOD_PASSWORD }
const wrong = 'not the password at all'

/** What each unsafe route says when it is let do its work. */
const ROUTES: Record<string, Case> = {
  'POST /signin': { form: good, pass: 200 },
  'POST /setup': { form: { ...good, code: 'x' }, pass: 404 },
  'POST /refresh': { pass: 200 },
  'POST /logout': { pass: 204 },
  'POST /login': { form: good, pass: 200 },
  'POST /token/refresh': { pair: true, pass: 200 },
  'POST /v1/auth': { form: good, pass: 200 },
  'PUT /v1/auth': { bare: true, pass: 200 },
  'POST /sessions/end-others': { pass: 200 },
  'POST /sessions/:sid/end': { pass: 200 },
  'POST /account/password': { form: { current_password: wrong, new_password: 'x' }, pass: 422 },
  'POST /account/confirm': { form: { password: wrong }, pass: 422 },
}

const splitRoute = (route: string) => route.split(' ') as [method: string, path: string]

/** All that a request could have changed; that a device was seen is no change. */
const stateOf = async ({ deps }: Latchkey) => [
  (await deps.sessionStore.listLive(deps.clock.now())).map((session) => ({ ...session, lastSeenAt: null })),
  await deps.accounts.list(),
  await deps.audit.list({}),
]

describe('CSRF: http-csrf-cases, on every unsafe route', () => {
  test('the routes tried here are all there are', async () => {
    const { app } = await openApp()
    const unsafe = app.routes.filter(({ method }) => !['GET', 'HEAD', 'ALL'].includes(method))
    assert.deepEqual(
      [...new Set(unsafe.map(({ method, path }) => `${method} ${path}`))].sort(),
      Object.keys(ROUTES).sort(),
    )
  })

  for (const [route, { form = {}, pair, bare, pass }] of Object.entries(ROUTES)) {
    const [unsafe, path] = splitRoute(route)
    test(`GHSA-2234-fmw7-43wr, GHSA-rpfr-3m35-5vx5: ${route}`, async () => {
      const latchkey = await openApp()
      const { ask, begin, beginPair, clock, deps } = latchkey
      for (const row of vectors.cases) {
        const [{ cookie, sid }, { refreshToken }] = [await begin(), await beginPair()]
        const { token } = await begin('user1', { carrier: 'bearer' })
        // Into the refresh window, so that /refresh does what it is asked; and out again for the next row.
        clock.advance(275)
        const fields = pair ? { refresh_token: refreshToken } : form
        const isJson = row.content_type === 'application/json'
        const sent = isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString()
        const body = row.method === 'GET' || row.method === 'HEAD' ? {} : { body: sent }
        const about = `${route}: ${row.why}`
        const before = await stateOf(latchkey)
        const answer = await ask(path.replace(':sid', sid), {
          ...{ method: row.method === 'POST' ? unsafe : row.method, cookie, headers: headersOf(row) },
          ...(bare && { bearer: token }),
          ...body,
        })
        switch (expected(row)) {
          case 'pass':
            assert.equal(answer.status, pass, about)
            break
          case '403':
            assert.equal(answer.status, 403, about)
            assert.equal(problemOf(answer).code, 'cross_origin', about)
            break
          case '403 or 405':
            assert.ok([403, 405].includes(answer.status), about)
            break
          case '405 or no state change':
            assert.deepEqual(answer.setCookies, [], about)
            break
          default:
            assert.fail(`${about}: no expectation`)
        }
        if (expected(row) !== 'pass') {
          assert.deepEqual(await stateOf(latchkey), before, about)
          assert.deepEqual(answer.setCookies, [], about)
        }
        await deps.endings.one(sid, 'signed-out', { address: null })
      }
    })
  }

  test('a refresh cookie is not rotated by a request of another origin', async () => {
    const latchkey = await openApp()
    const { refreshCookie } = await latchkey.beginRemembered()
    const before = await stateOf(latchkey)
    for (const route of Object.keys(ROUTES)) {
      const [method, path] = splitRoute(route)
      const asked = { method, cookie: refreshCookie, headers: { origin: 'https://evil.test' } }
      const { status, setCookies } = await latchkey.ask(path, asked)
      assert.deepEqual([status, setCookies], [403, []], path)
    }
    assert.deepEqual(await stateOf(latchkey), before)
  })

  test('login CSRF: no cookies at all and a foreign origin is refused', async () => {
    const { ask, addUser } = await openApp()
    await addUser()
    for (const as of CLIENTS) {
      for (const path of ['/signin', '/login', '/v1/auth']) {
        const answer = await ask(path, { as, form: good, headers: { origin: 'https://evil.test' } })
        assert.deepEqual([answer.status, answer.setCookies], [403, []])
      }
    }
  })

  test('a browser gets a page that names the address to open', async () => {
    const { ask } = await openApp()
    const answer = await ask('/logout', { as: 'browser', form: {}, headers: { origin: 'null' } })
    assert.ok(isPage(answer))
    assert.match(answer.body, new RegExp(`<a class="key" href="${PUBLIC_URL}">`))
  })

  test('the address of the request itself counts for nothing: behind a proxy it is http and of any host', async () => {
    const { app } = await openApp()
    const sent = (url: string, origin: string) =>
      app.request(url, { method: 'POST', headers: { origin, host: 'evil.test' } })
    assert.equal((await sent('http://127.0.0.1:8000/logout', PUBLIC_URL)).status, 204)
    assert.equal((await sent('http://evil.test/logout', 'http://evil.test')).status, 403)
    assert.equal((await sent('http://evil.test/logout', 'https://evil.test')).status, 403)
  })
})
