import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createApp } from '../../app.ts'
import { START } from '../../testing.ts'
import { forgingKey, ringOf } from '../../vectors/forge.testing.ts'
import { refusalOf } from '../answers.testing.ts'
import { CLIENTS, openApp, PUBLIC_URL } from '../requests.testing.ts'

const DOCUMENTS = {
  '/.well-known/jwks.json': 'application/jwk-set+json',
  '/v1/keys': 'application/json; charset=utf-8',
}

for (const [path, type] of Object.entries(DOCUMENTS)) {
  describe(`GET ${path}`, () => {
    test('answers everybody alike, may be kept for five minutes, and has nothing to do with cookies', async () => {
      const { ask, begin, beginRemembered } = await openApp()
      const [{ cookie }, { refreshCookie }] = [await begin(), await beginRemembered()]
      const bodies = new Set<string>()
      for (const as of CLIENTS) {
        for (const sent of [undefined, cookie, refreshCookie, '__Host-token=x']) {
          const { status, headers, body, setCookies } = await ask(path, { as, cookie: sent })
          assert.deepEqual([status, setCookies], [200, []])
          assert.equal(headers.get('content-type'), type)
          assert.equal(headers.get('cache-control'), 'public, max-age=300')
          assert.equal(headers.get('access-control-allow-origin'), '*')
          assert.equal(headers.get('vary'), null)
          bodies.add(body)
        }
      }
      assert.equal(bodies.size, 1)
    })

    test('304 for whoever has it already, with the same headers (RFC 9110 13.1.2)', async () => {
      const { ask } = await openApp()
      const etag = (await ask(path)).headers.get('etag')
      for (const known of [etag, `W/${etag}`, `"a", ${etag}`, '*']) {
        for (const method of ['GET', 'HEAD']) {
          const answer = await ask(path, { method, headers: { 'if-none-match': known ?? '' } })
          assert.deepEqual([answer.status, answer.body, answer.headers.get('etag')], [304, '', etag])
          assert.equal(answer.headers.get('cache-control'), 'public, max-age=300')
          assert.equal(answer.headers.get('access-control-allow-origin'), '*')
        }
      }
      for (const other of ['"a"', 'W/"a", "b"', '']) {
        const answer = await ask(path, { headers: { 'if-none-match': other } })
        assert.deepEqual([answer.status, answer.headers.get('etag')], [200, etag])
      }
    })

    test('changes, and its tag with it, as soon as the ring does', async () => {
      const { deps } = await openApp()
      const [first, second] = [await forgingKey(), await forgingKey('EdDSA')]
      const ring = ringOf([first])
      const app = createApp({ ...deps, ring })
      const before = await app.request(path)
      const known = { headers: { 'if-none-match': before.headers.get('etag') ?? '' } }
      assert.equal((await app.request(path, known)).status, 304)
      ring.replace([first, second])
      const after = await app.request(path, known)
      assert.equal(after.status, 200)
      assert.ok((await after.text()).includes(second.kid))
      ring.replace([second])
      assert.ok(!(await (await app.request(path, known)).text()).includes(first.kid))
    })

    test('nothing else is done there: 405', async () => {
      const { ask } = await openApp()
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const answer = await ask(path, { method })
        assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD'])
      }
      const foreign = await ask(path, { method: 'POST', headers: { origin: 'https://evil.test' } })
      assert.deepEqual(refusalOf(foreign), [403, 'cross_origin'])
    })
  })
}

test('T17: what is published checks the tokens that we hand out, with jose and nothing of ours', async () => {
  const { ask, begin } = await openApp()
  const { token } = await begin()
  const jwks = createLocalJWKSet(JSON.parse((await ask('/.well-known/jwks.json')).body))
  const expected = { issuer: PUBLIC_URL, audience: PUBLIC_URL, currentDate: new Date(START * 1000) }
  const { payload, protectedHeader } = await jwtVerify(token, jwks, expected)
  assert.equal(payload.username, 'user1')
  const pems = JSON.parse((await ask('/v1/keys')).body)
  assert.match(pems[protectedHeader.kid ?? ''], /^-----BEGIN PUBLIC KEY-----\n/)
})
