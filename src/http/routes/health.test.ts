import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CLIENTS, openApp } from '../requests.testing.ts'

describe('health', () => {
  test('/healthz, /readyz and /v1/ping answer ok to anybody, without a cookie and without a word more', async () => {
    const { ask } = await openApp()
    for (const path of ['/healthz', '/readyz', '/v1/ping']) {
      for (const as of CLIENTS) {
        const answer = await ask(path, { as })
        assert.deepEqual([answer.status, answer.body, answer.setCookies], [200, 'ok', []])
      }
      assert.deepEqual((await ask(path, { method: 'HEAD' })).status, 200)
    }
  })
})

describe('public files', () => {
  for (const [path, type] of [
    ['/style.css', 'text/css; charset=utf-8'],
    ['/session.js', 'text/javascript; charset=utf-8'],
    ['/password.js', 'text/javascript; charset=utf-8'],
    ['/favicon.svg', 'image/svg+xml'],
  ] as const) {
    test(`${path} is served as ${type}, compressed when asked, and not again when unchanged`, async () => {
      const { ask, app } = await openApp()
      const plain = await ask(path)
      assert.deepEqual([plain.status, plain.headers.get('content-type')], [200, type])
      assert.equal(plain.headers.get('cache-control'), 'no-cache')
      assert.equal(plain.headers.get('content-encoding'), null)
      const gzipped = await app.request(path, { headers: { 'accept-encoding': 'gzip, br' } })
      assert.equal(gzipped.headers.get('content-encoding'), 'gzip')
      assert.equal(gzipped.headers.get('vary'), 'Accept-Encoding')
      const unzipped = gzipped.body?.pipeThrough(new DecompressionStream('gzip'))
      assert.equal(await new Response(unzipped).text(), plain.body)
      const etag = plain.headers.get('etag') ?? ''
      const again = await ask(path, { headers: { 'if-none-match': etag } })
      assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, '', etag])
      assert.equal((await ask(path, { headers: { 'if-none-match': '"another"' } })).status, 200)
    })
  }

  test('path mismatch, CVE-2026-39406: nothing beside the named files is served', async () => {
    const { ask } = await openApp()
    for (const path of [
      '/public/style.css',
      '/style.css/',
      '//style.css',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/..%5cpackage.json',
      '/style.css%00',
      '/.env',
      '/src/main.ts',
      '/package.json',
    ]) {
      assert.equal((await ask(path)).status, 404, path)
    }
  })
})
