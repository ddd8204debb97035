import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import { openApp } from './requests.testing.ts'

describe('?pretty', () => {
  test('indents JSON, and the problem documents', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin()
    for (const query of ['?pretty=t', '?pretty']) {
      for (const [path, asked] of [
        ['/v1/me', { bearer: token }],
        ['/v1/me', {}],
        ['/v1/keys', {}],
        ['/v1/nothing', {}],
        ['/v1/auth', { json: {} }],
        ['/v1/auth', { method: 'DELETE' }],
        ['/v1/auth', { json: {}, headers: { origin: 'https://evil.test' } }],
        ['/v1/auth', { body: 'x'.repeat(17_000) }],
      ] as const) {
        const [plain, pretty] = [await ask(path, asked), await ask(path + query, asked)]
        assert.equal(pretty.status, plain.status)
        assert.equal(pretty.headers.get('content-type'), plain.headers.get('content-type'))
        assert.ok(!plain.body.includes('\n') && /^\{\n {2}"/.test(pretty.body), `${path} ${pretty.body}`)
        const parsed = JSON.parse(pretty.body)
        const requestId = 'request_id' in parsed && { request_id: JSON.parse(plain.body).request_id }
        assert.deepEqual({ ...parsed, ...requestId }, JSON.parse(plain.body))
      }
    }
  })

  test('leaves alone what many are given at once, so that they share it', async () => {
    const { ask } = await openApp()
    assert.doesNotMatch((await ask('/v1/revocations?pretty=t')).body, /\n/)
  })

  test('leaves alone what is no JSON: a bare token, text, pages, 304', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin()
    const auth = await ask('/v1/auth?pretty=t', { json: { username: 'user1', password: GOOD_PASSWORD } })
    assert.equal(auth.headers.get('content-type'), 'application/jwt')
    assert.match(auth.body, /^[\w-]+\.[\w-]+\.[\w-]+$/)
    assert.equal((await ask('/v1/sample?pretty=t', { bearer: token })).body, 'OK user1')
    const page = await ask('/v1/me?pretty=t', { as: 'browser' })
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
    const known = await ask('/v1/keys?pretty=t', { headers: { 'if-none-match': '*' } })
    assert.deepEqual([known.status, known.body], [304, ''])
  })

  test('does nothing outside the API', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin()
    for (const path of ['/session', '/nothing', '/.well-known/jwks.json'])
      assert.doesNotMatch((await ask(`${path}?pretty=t`, { as: 'json', bearer: token })).body, /\n/)
  })
})
