import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ADMIN_PATH, APP_HOST, AUTH_HOST } from './forward-auth.testing.ts'
import { byHand, isRefused } from './forward-auth-raw.testing.ts'
import { headerOf, identityOf, type Rows, WHO } from './forward-auth-seen.testing.ts'

/** For tests only: requests that no browser sends, which proxies and apps may read in different ways. */

// Each is put between the request line and the Cookie, and the body after the empty line.
const SMUGGLING: { name: string; lines: string; body: string }[] = [
  {
    name: 'Content-Length and Transfer-Encoding',
    lines: 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n',
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\nX: ',
  },
  {
    name: 'Transfer-Encoding first, and Content-Length over the second request',
    lines: 'Transfer-Encoding: chunked\r\nContent-Length: 60\r\n',
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\nX: ',
  },
  ...[
    'xchunked',
    ' chunked',
    '\tchunked',
    'chunked, identity',
    'identity, chunked',
    '"chunked"',
    'chunked\x0b',
  ].map((coding) => ({
    name: `Transfer-Encoding:${JSON.stringify(coding)}`,
    lines: `Content-Length: 4\r\nTransfer-Encoding:${coding}\r\n`,
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
  })),
  {
    name: 'a space before the colon of Transfer-Encoding',
    lines: 'Content-Length: 4\r\nTransfer-Encoding : chunked\r\n',
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
  },
  {
    name: 'a folded Transfer-Encoding',
    lines: 'Content-Length: 4\r\nTransfer-Encoding:\r\n chunked\r\n',
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
  },
  {
    name: 'two lengths',
    lines: 'Content-Length: 4\r\nContent-Length: 0\r\n',
    body: 'abcdGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
  },
  {
    name: 'a bare line feed in a header',
    lines: 'X: a\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
  },
  {
    name: 'a bare carriage return in a header',
    lines: 'X: a\rTransfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    body: '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
  },
  {
    name: 'a chunk whose length has a bare line feed in its extension',
    lines: 'Transfer-Encoding: chunked\r\n',
    body: '2;\nxx\r\n1f\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n0\r\n\r\n',
  },
]

export function smugglingRows(rows: Rows): void {
  const { site } = rows
  const { hostLine, cookieLine, sends } = byHand(rows)

  describe('T19 requests that can be read in two ways', () => {
    for (const { name, lines, body } of SMUGGLING) {
      it(`${name}: signed out, nothing reaches the app`, async () => {
        const { answer, seen } = await sends(`POST / HTTP/1.1\r\n${hostLine()}${lines}\r\n${body}`)
        assert.deepEqual(seen, [])
        assert.ok(isRefused(answer), answer)
      })

      it(`${name}: signed in, one request at most, and no second one that nobody has checked`, async () => {
        const { seen } = await sends(
          `POST / HTTP/1.1\r\n${hostLine()}${cookieLine('ada')}${lines}\r\n${body}`,
        )
        assert.ok(seen.length <= 1, JSON.stringify(seen))
        for (const one of seen) {
          assert.equal(one.url, '/')
          assert.deepEqual(identityOf(one), WHO.ada)
        }
      })
    }

    it('of two requests on one connection each is checked for itself', async () => {
      const signedIn = `GET /one HTTP/1.1\r\n${hostLine()}${cookieLine('ada')}\r\n`
      const signedOut = `GET /two HTTP/1.1\r\n${hostLine()}Connection: close\r\n\r\n`
      const { answer, seen } = await sends(`${signedIn}${signedOut}`)
      assert.deepEqual(
        seen.map(({ url }) => url),
        ['/one'],
      )
      assert.match(answer, /HTTP\/1\.1 401 /)
    })

    it('a bare line feed at the end of each line is refused, or one request that was checked', async () => {
      const request = (cookie: string) =>
        `GET /one HTTP/1.1\n${hostLine()}${cookie}Connection: close\n\n`.replaceAll('\r', '')
      assert.deepEqual((await sends(request(''))).seen, [])
      const { seen } = await sends(request(cookieLine('ada')))
      assert.ok(seen.length <= 1)
      for (const one of seen) assert.deepEqual(identityOf(one), WHO.ada)
    })

    it('HTTP/1.0 and HTTP/0.9 without a Host reach no app', async () => {
      for (const request of [`GET / HTTP/1.0\r\n${cookieLine('ada')}\r\n`, 'GET /\r\n\r\n'])
        assert.deepEqual((await sends(request)).seen, [], request)
    })

    it('a Host header twice is refused', async () => {
      for (const other of ['evil.test', APP_HOST]) {
        const { seen } = await sends(
          `GET / HTTP/1.1\r\n${hostLine()}Host: ${other}\r\n${cookieLine('ada')}\r\n`,
        )
        assert.deepEqual(seen, [], other)
      }
    })

    it('whatever the host of an absolute request line: signed out nothing reaches the app, and nobody is sent elsewhere', async () => {
      for (const host of ['evil.test', `${APP_HOST}:${site().port}`, APP_HOST])
        for (const target of [`https://${host}/wiki`, `http://${host}/wiki`]) {
          const request = `GET ${target} HTTP/1.1\r\n${hostLine()}Accept: text/html\r\nConnection: close\r\n\r\n`
          const { answer, seen } = await sends(request)
          assert.deepEqual(seen, [], target)
          const [, location] = answer.match(/^location: (.*)\r$/im) ?? []
          if (location === undefined) continue
          assert.equal(new URL(location).origin, site().authUrl)
          assert.equal(
            new URL(new URL(location).searchParams.get('next') ?? '', site().authUrl).hostname,
            APP_HOST,
            target,
          )
        }
    })

    it('an absolute request line for the app and a Host of another: no app is told that it is that one', async () => {
      for (const host of [`${AUTH_HOST}:${site().port}`, AUTH_HOST, 'other.example.test', 'evil.test'])
        for (const scheme of ['https', 'http']) {
          const target = `${scheme}://${APP_HOST}:${site().port}/`
          const { seen } = await sends(
            `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${cookieLine('ada')}Connection: close\r\n\r\n`,
          )
          for (const one of seen)
            for (const name of ['host', 'x-forwarded-host'])
              assert.match(headerOf(one, name).join(), new RegExp(`^${RegExp.escape(APP_HOST)}(:|$)`), host)
        }
    })

    it('whatever the host of an absolute request line: signed in, the app sees who asks', async () => {
      for (const host of ['evil.test', `${APP_HOST}:${site().port}`]) {
        const request = `GET https://${host}${ADMIN_PATH} HTTP/1.1\r\n${hostLine()}${cookieLine('ada')}Connection: close\r\n\r\n`
        assert.deepEqual((await sends(request)).seen, [], host)
        const { seen } = await sends(request.replace(ADMIN_PATH, '/'))
        for (const one of seen) assert.deepEqual(identityOf(one), WHO.ada)
      }
    })
  })
}
