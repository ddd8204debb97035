import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPage, problemOf } from './http/answers.testing.ts'
import { CLIENTS, COOKIE, openApp, PUBLIC_URL } from './http/requests.testing.ts'

/** What may be asked for without a session. Whatever is not here must have a guard. */
const PUBLIC = new Set([
  'GET /',
  'GET /signin',
  'GET /logout',
  'GET /setup',
  'GET /healthz',
  'GET /readyz',
  'GET /v1/ping',
  'GET /.well-known/jwks.json',
  'GET /v1/keys',
  'GET /v1/revocations',
  'GET /style.css',
  'GET /session.js',
  'GET /password.js',
  'GET /favicon.svg',
  'POST /setup',
  'POST /signin',
  'POST /logout',
  // For API clients: what they send in the body is looked at, and nothing else.
  'POST /login',
  'POST /token/refresh',
  // The same, or Basic.
  'POST /v1/auth',
])

const routesOf = ({ app }: Awaited<ReturnType<typeof openApp>>) => {
  const handlers = app.routes.filter(({ method }) => method !== 'ALL')
  return [...new Map(handlers.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()]
}

describe('every route', () => {
  test('that is not named as public refuses without a session', async () => {
    const latchkey = await openApp()
    const routes = routesOf(latchkey)
    assert.ok(routes.length >= 33)
    for (const { method, path } of routes) {
      const route = `${method} ${path}`
      const answers = CLIENTS.map(async (as) => (await latchkey.ask(path, { as, method })).status)
      const statuses = await Promise.all(answers)
      if (PUBLIC.has(route)) assert.ok(!statuses.includes(401), route)
      // Those are for proxies, and a test is none that is trusted.
      else if (path.startsWith('/forward-auth/')) assert.deepEqual(statuses, [403, 403, 403], route)
      else for (const status of statuses) assert.ok(status === 401 || status === 303, `${route} ${status}`)
    }
    const known = routes.map(({ method, path }) => `${method} ${path}`)
    for (const route of PUBLIC) assert.ok(known.includes(route), `${route} is not a route`)
  })

  test('the walk would notice a private path without a guard', async () => {
    const latchkey = await openApp()
    const { app } = latchkey
    app.post('/private', (c) => c.text('for user1 only'))
    const unguarded = routesOf(latchkey).filter(({ method, path }) => !PUBLIC.has(`${method} ${path}`))
    const statuses = await Promise.all(
      unguarded.map(async ({ method, path }) => (await app.request(path, { method })).status),
    )
    assert.ok(statuses.includes(200))
  })

  test('has the headers of T22, whoever asks and whatever the answer', async () => {
    const latchkey = await openApp()
    const { cookie } = await latchkey.begin()
    const seen = new Set<number>()
    for (const { path } of [...routesOf(latchkey), { path: '/nothing' }]) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        for (const as of CLIENTS) {
          for (const headers of [{}, { origin: 'https://evil.test' }, { 'content-length': '20000' }]) {
            // `ask` checks the headers of every answer.
            const asked = {
              as,
              method,
              headers,
              cookie: path === '/logout' ? `${COOKIE}=e30.e30.e30` : cookie,
            }
            const sent = method === 'GET' || method === 'HEAD' ? {} : { body: 'x' }
            seen.add((await latchkey.ask(path, { ...asked, ...sent })).status)
          }
        }
      }
    }
    assert.deepEqual([...seen].sort(), [200, 204, 303, 400, 401, 403, 404, 405, 413, 415])
  })

  test('sends HSTS on https only', async () => {
    for (const [publicUrl, hsts] of [
      [PUBLIC_URL, 'max-age=63072000; includeSubDomains'],
      ['http://localhost:8000', null],
    ] as const) {
      const { ask } = await openApp({ publicUrl })
      for (const path of ['/signin', '/welcome', '/style.css', '/nothing']) {
        assert.equal((await ask(path)).headers.get('strict-transport-security'), hsts, path)
      }
    }
  })

  test('CVE-2026-24472, CVE-2026-44457: no cache may keep anything with identity, nor any refusal', async () => {
    const latchkey = await openApp()
    const { cookie } = await latchkey.begin()
    for (const { method, path } of routesOf(latchkey)) {
      const { headers } = await latchkey.ask(path, {
        method,
        cookie,
        ...(method === 'POST' && { body: 'x' }),
      })
      const isFile = /\.(css|js|svg)$/.test(path)
      const isKeys = path === '/.well-known/jwks.json' || path === '/v1/keys'
      const kept = isFile ? 'no-cache' : isKeys ? 'public, max-age=300' : 'no-store'
      assert.equal(headers.get('cache-control'), kept, path)
    }
    assert.equal((await latchkey.ask('/nothing')).headers.get('cache-control'), 'no-store')
  })

  test('HEAD answers as GET does, without the body', async () => {
    const latchkey = await openApp()
    const { cookie } = await latchkey.begin()
    const keys = ['/.well-known/jwks.json', '/v1/keys']
    for (const path of ['/signin', '/welcome', '/session', '/nothing', '/style.css', '/v1/ping', ...keys]) {
      const [get, head] = [
        await latchkey.ask(path, { cookie }),
        await latchkey.ask(path, { cookie, method: 'HEAD' }),
      ]
      assert.deepEqual([head.status, head.body], [get.status, ''], path)
      assert.equal(head.headers.get('content-type'), get.headers.get('content-type'), path)
    }
  })

  test('CVE-2026-69207: 16 KB of blanks in any header that is read are no work', async () => {
    const latchkey = await openApp()
    const blanks = ' '.repeat(16_000)
    const hostile = [
      `x${blanks}x`,
      `${'a,'.repeat(8000)}`,
      `a${'\t'.repeat(16_000)}=b`,
      ';'.repeat(16_000),
      '='.repeat(16_000),
    ]
    const headers = [
      'accept',
      'authorization',
      'cookie',
      'content-type',
      'origin',
      'referer',
      'sec-fetch-site',
      'user-agent',
      'x-forwarded-for',
      'if-none-match',
      'accept-encoding',
      'host',
    ]
    for (const name of headers) {
      for (const value of [
        ...hostile,
        `Bearer${blanks}x`,
        `Basic${blanks}x`,
        `${COOKIE}${blanks}=x`,
        `${COOKIE}=${blanks}x`,
        `text/html${blanks}x`,
      ]) {
        for (const [method, path] of [
          ['GET', '/welcome'],
          ['POST', '/refresh'],
          ['POST', '/signin'],
          ['GET', '/style.css'],
          ['GET', '/v1/keys'],
          ['POST', '/v1/auth'],
          ['GET', '/v1/me'],
        ] as const) {
          // Of the processor, not of the wall: other programs share the machine.
          const before = process.cpuUsage()
          const { status } = await latchkey.ask(path, { method, headers: { [name]: value } })
          const ms = process.cpuUsage(before).user / 1000
          assert.ok(ms < 200 && status < 500, `${name} ${path} ${status} ${ms} ms`)
        }
      }
    }
  })
})

describe('unknown paths and methods', () => {
  test('404: a page with the way back for browsers, a problem for the rest', async () => {
    const { ask } = await openApp()
    const page = await ask('/nothing', { as: 'browser' })
    assert.ok(page.status === 404 && isPage(page))
    assert.match(page.body, /<a class="key" href="\/">/)
    for (const as of ['curl', 'json'] as const)
      assert.equal(problemOf(await ask('/nothing', { as })).code, 'not_found')
  })

  test('405 names what is allowed', async () => {
    const latchkey = await openApp()
    const allowed = new Map<string, string[]>()
    for (const { method, path } of routesOf(latchkey)) {
      allowed.set(path, [...(allowed.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])])
    }
    for (const [path, methods] of allowed) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        if (methods.includes(method)) continue
        const answer = await latchkey.ask(path, { method })
        assert.deepEqual(
          [answer.status, answer.headers.get('allow')],
          [405, methods.join(', ')],
          `${method} ${path}`,
        )
      }
    }
  })
})
