import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readForwarded } from './forwarded.ts'
import { readNginx } from './nginx.ts'
import type { OriginalRequest, ReadHeader } from './original-request.ts'

const readerOf =
  (headers: Record<string, string | undefined>): ReadHeader =>
  (name) =>
    headers[name]

const byNginx = (url: string | undefined, method: string | undefined = 'GET') =>
  readNginx(readerOf({ 'x-original-url': url, 'x-original-method': method }))

const byCaddy = (proto: string, host: string, uri: string, method = 'GET') =>
  readForwarded(
    readerOf({
      'x-forwarded-proto': proto,
      'x-forwarded-host': host,
      'x-forwarded-uri': uri,
      'x-forwarded-method': method,
    }),
  )

const said = (original: OriginalRequest | null) =>
  original && `${original.method} ${original.origin}${original.target}`

describe('what a browser asked, by the headers of nginx', () => {
  for (const [url, href] of [
    ['https://app.example.test/', 'https://app.example.test/'],
    ['https://app.example.test/a/b?c=d&e=%2F', 'https://app.example.test/a/b?c=d&e=%2F'],
    ['http://localhost:3000/?a?b', 'http://localhost:3000/?a?b'],
    ['https://[2001:db8::1]:8443/x', 'https://[2001:db8::1]:8443/x'],
    ['HTTPS://APP.example.TEST.:443/X', 'https://app.example.test/X'],
    ['https://app.example.test/a,b;c', 'https://app.example.test/a,b;c'],
    ['https://app.example.test//evil.test/', 'https://app.example.test//evil.test/'],
    ['https://app.example.test/@evil.test', 'https://app.example.test/@evil.test'],
  ] as const)
    it(`reads ${url}`, () => assert.equal(said(byNginx(url)), `GET ${href}`))

  for (const [why, url] of [
    ['nothing', undefined],
    ['an empty text', ''],
    ['no scheme', 'app.example.test/'],
    ['no host', 'https:///x'],
    ['no path', 'https://app.example.test'],
    ['another scheme', 'ftp://app.example.test/'],
    ['a scheme that runs scripts', 'javascript://app.example.test/%0aalert(1)'],
    ['userinfo', 'https://app.example.test@evil.test/'],
    ['a fragment (GHSA-pxq7-h93f-9jrg)', 'https://app.example.test/#/public'],
    ['a fragment in the query (GHSA-pxq7-h93f-9jrg)', 'https://app.example.test/?a#b'],
    ['a backslash in the path', 'https://app.example.test/\\evil.test'],
    ['a backslash in the host', 'https://app.example.test\\.evil.test/'],
    ['a space', 'https://app.example.test/a b'],
    ['two of them', 'https://app.example.test/, https://app.example.test/'],
    ['a tab', 'https://app.example.test/\ta'],
    ['a letter that is no ASCII', 'https://app.example.test/\u00e9'],
    ['a port of letters', 'https://app.example.test:x/'],
    ['a host that no URL can have (CVE-2021-32637)', 'https://[::x]/'],
    ['an encoded host', 'https://app%2eexample.test/'],
  ] as const)
    it(`refuses ${why}`, () => assert.equal(byNginx(url), null))

  for (const method of [undefined, '', 'get', 'GET, GET', 'GET POST', 'G\u00cbT', `${'A'.repeat(40)}`])
    it(`refuses the method ${method}`, () =>
      assert.equal(
        readNginx(readerOf({ 'x-original-url': 'https://a.test/', 'x-original-method': method })),
        null,
      ))
})

describe('what a browser asked, by the headers of Caddy and Traefik', () => {
  it('puts the four together', () => {
    assert.equal(
      said(byCaddy('https', 'APP.example.test:8443', '/a?b', 'POST')),
      'POST https://app.example.test:8443/a?b',
    )
  })

  for (const [why, proto, host, uri] of [
    ['a scheme with more in it', 'https://evil.test/?', 'app.example.test', '/'],
    ['two schemes', 'https, http', 'app.example.test', '/'],
    ['wss', 'wss', 'app.example.test', '/'],
    ['two hosts', 'https', 'app.example.test, evil.test', '/'],
    ['a host with a path', 'https', 'evil.test/app.example.test', '/'],
    ['a host with a query', 'https', 'evil.test?', '/'],
    ['a host with userinfo', 'https', 'app.example.test@evil.test', '/'],
    ['a target that is more of a host', 'https', 'app.example.test', '.evil.test/'],
    ['a target that is a port', 'https', 'app.example.test', ':8443/'],
    ['a whole address as target', 'https', 'app.example.test', 'https://app.example.test/'],
    ['the target *', 'https', 'app.example.test', '*'],
    ['a fragment (GHSA-pxq7-h93f-9jrg)', 'https', 'app.example.test', '/x#y'],
  ] as const)
    it(`refuses ${why}`, () => assert.equal(byCaddy(proto, host, uri), null))
})

it('whatever the headers say, it is refused, or an address that reads the same again', () => {
  const piece = fc.constantFrom(
    ...['https://', 'a.test', 'b.test', '/', '?', '#', '@', '\\', ':', ' ', ',', '%00', '..', '\u0000'],
  )
  const text = fc.array(piece, { maxLength: 7 }).map((all) => all.join(''))
  fc.assert(
    fc.property(text, (rest) => {
      const original = byNginx(`https://app.example.test${rest}`)
      if (!original) return
      const { origin, target } = original
      assert.equal(said(byNginx(origin + target)), said(original))
      // As a browser reads it, it is of the same origin, and whole.
      const url = URL.parse(origin + target)
      assert.ok(url === null || (url.origin === origin && url.username + url.password + url.hash === ''))
    }),
    { numRuns: 5000 },
  )
})
