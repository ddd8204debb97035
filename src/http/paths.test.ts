import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openApp } from './requests.testing.ts'

describe('the path and the host of a request', () => {
  test('path mismatch, GHSA-wc8c-qw6v-h7f6, CVE-2026-29045: another spelling is no path, or meets the same guard', async () => {
    const { app, ask } = await openApp()
    for (const path of [
      '//welcome',
      '/welcome/',
      '/welcome%2f',
      '/welcome%2F',
      '/WELCOME',
      '/welcome.json',
      '/welcome;a',
      '/%2fwelcome',
      '/%5cwelcome',
      '/x%2f..%2fwelcome',
      '/welcome%00',
      '/welcome%20',
      '/signin/../%2fwelcome',
    ]) {
      assert.equal((await ask(path)).status, 404, path)
    }
    for (const path of [
      '/%77elcome',
      '/./welcome',
      '/x/../welcome',
      '/%2e/welcome',
      '/welcome?',
      '/welcome#x',
      '/w%65lcome',
    ]) {
      const { status } = await app.request(`http://localhost${path}`)
      assert.ok(status === 401 || status === 404, `${path} ${status}`)
    }
  })

  test('no answer is made from the address of the request: Host decides nothing', async () => {
    const { app, begin } = await openApp()
    const { cookie } = await begin()
    for (const url of ['http://evil.test', 'https://evil.test:444', 'http://127.0.0.1:8000']) {
      for (const path of [
        '/',
        '/signin',
        '/welcome',
        '/session',
        '/sessions',
        '/account',
        '/logout',
        '/nothing',
      ]) {
        for (const sent of [{}, { cookie }]) {
          const headers = {
            ...sent,
            accept: 'text/html',
            host: 'evil.test',
            'x-forwarded-host': 'evil.test',
            'x-forwarded-proto': 'gopher',
            forwarded: 'host=evil.test',
          }
          const response = await app.request(url + path, { headers })
          const whole = JSON.stringify([...response.headers]) + (await response.text())
          assert.doesNotMatch(whole, /evil\.test|gopher|127\.0\.0\.1/, `${url}${path}`)
        }
      }
    }
  })
})

describe('another loopback name', () => {
  const LOCAL = { publicUrl: 'http://localhost:8000', tokenAudiences: ['http://localhost:8000'] }

  test('of a GET leads to PUBLIC_URL with 307, path and query kept', async () => {
    const { app } = await openApp(LOCAL)
    for (const host of ['127.0.0.1:8000', '[::1]:8000', '127.0.0.1', '127.9.9.9:80']) {
      const response = await app.request(`http://${host}/welcome?a=b`, { headers: { host } })
      assert.deepEqual(
        [response.status, response.headers.get('location')],
        [307, 'http://localhost:8000/welcome?a=b'],
      )
    }
    for (const host of [
      'localhost:8000',
      'localhost:9000',
      'evil.test',
      '127.0.0.1.evil.test',
      '192.168.0.1',
    ]) {
      const { status } = await app.request(`http://${host}/signin`, { headers: { host } })
      assert.equal(status, 200, host)
    }
  })

  test('is left alone for a POST, for health, and with a public PUBLIC_URL, where a proxy may ask us so', async () => {
    const { app } = await openApp(LOCAL)
    const headers = { host: '127.0.0.1:8000' }
    assert.equal((await app.request('http://127.0.0.1:8000/logout', { method: 'POST', headers })).status, 204)
    for (const path of ['/healthz', '/readyz']) {
      assert.equal((await app.request(`http://127.0.0.1:8000${path}`, { headers })).status, 200)
    }
    const behindProxy = await openApp()
    assert.equal((await behindProxy.app.request('http://127.0.0.1:8000/signin', { headers })).status, 200)
  })

  test('is left alone for machines: the API and the public keys, found, refused or unknown', async () => {
    const { app } = await openApp(LOCAL)
    const headers = { host: '127.0.0.1:8000' }
    for (const [path, status] of [
      ['/.well-known/jwks.json', 200],
      ['/v1/keys', 200],
      ['/v1/ping', 200],
      ['/v1/me', 401],
      ['/v1/sample', 401],
      ['/v1/auth', 405],
      ['/v1/nothing', 404],
    ] as const) {
      const response = await app.request(`http://127.0.0.1:8000${path}`, { headers })
      assert.equal(response.status, status, path)
    }
  })

  test('a form of it is refused, and the page names the address to open', async () => {
    const { ask } = await openApp(LOCAL)
    const answer = await ask('/signin', {
      as: 'browser',
      form: {},
      headers: { origin: 'http://127.0.0.1:8000' },
    })
    assert.equal(answer.status, 403)
    assert.match(
      answer.body,
      /<a class="key" href="http:\/\/localhost:8000">Open http:\/\/localhost:8000<\/a>/,
    )
  })
})
