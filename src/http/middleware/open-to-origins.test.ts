import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createApp } from '../../app.ts'
import { GOOD_PASSWORD } from '../../testing.ts'
import { problemOf, refusalOf } from '../answers.testing.ts'
import { type Asked, CLIENTS, openApp, toRequest } from '../requests.testing.ts'

const APP = 'https://app.example.test'
const OTHER_APP = 'http://localhost:5173'
const NAMED = { corsOrigins: [APP, OTHER_APP] }
// None of them is a named one, however like it looks.
const FOREIGN = [
  'https://evil.test',
  'http://app.example.test',
  'https://app.example.test:444',
  'https://app.example.test.evil.test',
  'https://APP.example.test',
  'https://app.example.test/',
  `${APP}, ${OTHER_APP}`,
  `${APP} ${OTHER_APP}`,
  '*',
  'null',
  '',
]
const KEYS = ['/.well-known/jwks.json', '/v1/keys']
const good = { username: 'user1', password: GOOD_PASSWORD }

const preflight = (origin: string): Asked => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'authorization,content-type',
  },
})

const corsHeaders = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

describe('a page of an origin that CORS_ORIGINS names', () => {
  test('is told beforehand what it may send, for ten minutes', async () => {
    const { ask } = await openApp(NAMED)
    for (const origin of NAMED.corsOrigins) {
      for (const as of CLIENTS) {
        for (const path of ['/v1/auth', '/v1/me', '/v1/sample', '/v1/ping', '/v1/nothing']) {
          const { status, body, headers } = await ask(path, { as, ...preflight(origin) })
          assert.deepEqual([status, body], [204, ''], path)
          assert.deepEqual(corsHeaders(headers), {
            'access-control-allow-origin': origin,
            'access-control-allow-methods': 'GET,POST,PUT',
            'access-control-allow-headers': 'Authorization,Content-Type',
            'access-control-expose-headers': 'WWW-Authenticate,Retry-After',
            'access-control-max-age': '600',
          })
        }
      }
    }
  })

  test('signs in, asks, and renews, and may read each answer', async () => {
    const { ask, addUser } = await openApp(NAMED)
    await addUser()
    for (const site of ['cross-site', 'same-site']) {
      const headers = { origin: APP, 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' }
      // `ask` checks that each answer is for this origin.
      const { status, body: bearer } = await ask('/v1/auth', { json: good, headers })
      assert.equal(status, 200)
      assert.equal((await ask('/v1/me', { bearer, headers })).status, 200)
      const renewed = await ask('/v1/auth', { method: 'PUT', bearer, headers })
      assert.equal(renewed.status, 200)
      assert.equal((await ask('/v1/sample', { bearer: renewed.body, headers })).body, 'OK user1')
    }
  })

  test('may read every refusal as well, and why: GHSA-q7jf-gf43-6x6p', async () => {
    const latchkey = await openApp(NAMED)
    const { begin, beginPair, deps } = latchkey
    const [pair, page] = [await beginPair(), await begin()]
    const broken = () => {
      throw new TypeError('a bug')
    }
    const failing = createApp({ ...deps, sessions: { ...deps.sessions, resume: broken } })
    const down = createApp({ ...deps, ready: async () => false })
    const refusals: [status: number, path: string, asked: Asked, app?: typeof failing][] = [
      [400, '/v1/auth', { json: {} }],
      [400, '/v1/auth?password=x', { json: good }],
      [401, '/v1/auth', { json: { ...good, password: 'wrong' } }],
      [401, '/v1/me', {}],
      [401, '/v1/me', { bearer: 'x' }],
      [403, '/v1/auth', { method: 'PUT', bearer: pair.token }],
      [403, '/v1/auth', { json: good, cookie: page.cookie }],
      [404, '/v1/nothing', {}],
      [405, '/v1/me', { method: 'PUT' }],
      [405, '/v1/keys', { method: 'POST' }],
      [413, '/v1/auth', { body: 'x'.repeat(17_000) }],
      [415, '/v1/auth', { body: 'x' }],
      [500, '/v1/me', { bearer: 'x' }, failing],
      [503, '/v1/ping', {}, down],
    ]
    for (const [status, path, asked, app = latchkey.app] of refusals) {
      for (const as of CLIENTS) {
        const headers = { ...asked.headers, origin: APP }
        const response = await app.request(path, toRequest({ as, ...asked, headers }))
        const about = `${status} ${path} ${as}`
        assert.equal(response.status, status, about)
        assert.deepEqual(
          corsHeaders(response.headers),
          {
            'access-control-allow-origin': APP,
            'access-control-expose-headers': 'WWW-Authenticate,Retry-After',
          },
          about,
        )
        assert.equal(response.headers.get('vary'), 'Accept, Authorization, Cookie, Origin', about)
      }
    }
  })

  test('finds the public keys as everybody does, also unchanged ones', async () => {
    const { ask } = await openApp(NAMED)
    for (const path of KEYS) {
      for (const origin of [APP, 'https://evil.test']) {
        const answer = await ask(path, { headers: { origin } })
        assert.deepEqual(corsHeaders(answer.headers), { 'access-control-allow-origin': '*' })
        const etag = answer.headers.get('etag') ?? ''
        const again = await ask(path, { headers: { origin, 'if-none-match': etag } })
        assert.equal(again.status, 304)
        assert.deepEqual(corsHeaders(again.headers), { 'access-control-allow-origin': '*' })
      }
    }
  })

  test('may read nothing outside the API', async () => {
    const { app } = await openApp(NAMED)
    const paths = new Set(app.routes.map(({ path }) => path.replace('/*', '/')))
    for (const path of [...paths].filter((path) => !path.startsWith('/v1/') && !KEYS.includes(path))) {
      for (const asked of [
        preflight(APP),
        { headers: { origin: APP } },
        { form: good, headers: { origin: APP } },
      ]) {
        const { headers } = await app.request(path, toRequest(asked))
        assert.deepEqual(corsHeaders(headers), {}, path)
      }
    }
  })
})

describe('a page of any other origin', () => {
  for (const [what, config] of [
    ['with origins named', NAMED],
    ['with none named', {}],
  ] as const) {
    test(`GHSA-88fw-hqm2-52qc, CVE-2026-54290: ${what}, no answer of any route lets it read anything but the public keys`, async () => {
      const { app } = await openApp(config)
      const paths = new Set(app.routes.map(({ path }) => path.replace('/*', '/')))
      assert.ok(paths.has('/v1/me'))
      for (const origin of FOREIGN) {
        for (const path of paths) {
          for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
            const { headers, status } = await app.request(path, {
              ...toRequest(preflight(origin)),
              method,
            })
            const mayRead = KEYS.includes(path) && method === 'GET'
            const expected = mayRead ? { 'access-control-allow-origin': '*' } : {}
            assert.deepEqual(corsHeaders(headers), expected, `${origin}: ${method} ${path}`)
            if (method === 'OPTIONS') assert.ok([404, 405].includes(status), `${path} ${status}`)
          }
        }
      }
    })
  }

  test('GHSA-q7jf-gf43-6x6p: an answer that it cannot read says that others might, so that no cache mixes them up', async () => {
    const { ask } = await openApp(NAMED)
    // `ask` looks for Origin in Vary.
    for (const headers of [{}, { origin: 'https://evil.test' }]) {
      assert.equal((await ask('/v1/ping', { headers })).status, 200)
      assert.equal((await ask('/v1/me', { headers })).status, 401)
    }
  })
})

describe('the origin rule for the pages that CORS_ORIGINS names', () => {
  const tries: [what: string, path: string, asked: Asked][] = [
    ['outside the API', '/login', { json: good, headers: { origin: APP } }],
    ['outside the API', '/logout', { method: 'POST', headers: { origin: APP } }],
    ['a path that only looks like it', '/v1x/auth', { json: good, headers: { origin: APP } }],
    ['with a cookie of ours', '/v1/auth', { json: good, cookie: '__Host-token=x', headers: { origin: APP } }],
    ['with any cookie', '/v1/auth', { json: good, cookie: 'a=b', headers: { origin: APP } }],
    ['with an empty Cookie header', '/v1/auth', { json: good, cookie: '', headers: { origin: APP } }],
    [
      'that says it is ours',
      '/v1/auth',
      { json: good, headers: { origin: APP, 'sec-fetch-site': 'same-origin' } },
    ],
    [
      'that says it is no page',
      '/v1/auth',
      { json: good, headers: { origin: APP, 'sec-fetch-site': 'none' } },
    ],
    ['without its Origin', '/v1/auth', { json: good, headers: { 'sec-fetch-site': 'cross-site' } }],
    ...FOREIGN.map((origin): [string, string, Asked] => [
      `not named: ${origin}`,
      '/v1/auth',
      { json: good, headers: { origin } },
    ]),
  ]
  for (const [what, path, asked] of tries) {
    test(`refuses one ${what}: ${path}`, async () => {
      const { ask, addUser, deps } = await openApp(NAMED)
      await addUser()
      assert.deepEqual(refusalOf(await ask(path, asked)), [403, 'cross_origin'])
      assert.deepEqual(await deps.sessionStore.listLive(deps.clock.now()), [])
    })
  }

  test('refuses them all when none is named', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin('user1', { carrier: 'bearer' })
    const headers = { origin: APP, 'sec-fetch-site': 'cross-site' }
    for (const asked of [{ json: good }, { method: 'PUT', bearer: token }]) {
      const answer = await ask('/v1/auth', { ...asked, headers })
      assert.deepEqual([answer.status, problemOf(answer).code], [403, 'cross_origin'])
    }
  })
})
