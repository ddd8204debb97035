import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Header } from './ask.testing.ts'
import { ADMIN_PATH, APP_HOST } from './forward-auth.testing.ts'
import { byHand, isRefused } from './forward-auth-raw.testing.ts'
import { identityOf, type Rows, WHO } from './forward-auth-seen.testing.ts'

/** For tests only: the same host and the same path, written in other ways. */

/** Nobody may learn a path from them that ends up below ADMIN_PATH at the app. */
const ADMIN_SPELLINGS = [
  '/admin',
  '/admin/',
  '/ADMIN/',
  '//admin/',
  '///admin/',
  '/./admin/',
  '/x/../admin/',
  '/x//../admin/',
  '/x/%2e%2e/admin/',
  '/x/%2E./admin/',
  '/%61dmin/',
  '/%2fadmin/',
  '/admin%2f',
  '/admin;x/',
  '/admin/../admin/',
  '/admin/../x',
  '/admin/%2e%2e/x',
  '/admin%2f..%2Fx',
  '/ADMIN/./../x',
  '/%5cadmin',
  '/\\admin/',
  '/x/..%5cadmin',
  '/admin?/../',
  '/wiki#/../admin/',
  '/admin#/../',
]

const ODD_TARGETS = [
  '/%',
  '/%zz',
  '/%00',
  '/a%0d%0aX:%20y',
  '/a\\..\\admin',
  '/\xff',
  '/wiki?x=%zz',
  '/wiki?\xff',
  '*',
  'wiki',
]

export function spellingRows(rows: Rows): void {
  const { site, people, asks } = rows
  const { hostLine, cookieLine, sends } = byHand(rows)

  describe('T19 another spelling of the host', () => {
    const page: Header[] = [['Accept', 'text/html']]
    const spellings = () => [
      `${APP_HOST.toUpperCase()}:${site().port}`,
      `App.Example.Test:${site().port}`,
      `${APP_HOST}.:${site().port}`,
    ]

    it('in capitals or with a dot at its end: the same rule, or a refusal (CVE-2026-48794)', async () => {
      for (const host of spellings()) {
        const out = await asks('GET', '/wiki?q=1', { headers: [['Host', host], ...page] })
        assert.deepEqual(out.seen, [], host)
        if (out.status === 302)
          assert.equal(new URL(out.location ?? '').searchParams.get('next'), `${site().url}/wiki?q=1`)
        else assert.ok(out.status >= 400, `${out.status}`)
        const wrong = await asks('GET', ADMIN_PATH, { headers: [['Host', host], people().ada] })
        assert.deepEqual(wrong.seen, [], host)
        const { seen } = await asks('GET', '/', { headers: [['Host', host], people().ada] })
        for (const one of seen) assert.deepEqual(identityOf(one), WHO.ada)
      }
    })

    it('in capitals it is the same app', async () => {
      const { status, seen } = await asks('GET', '/', {
        headers: [['Host', `${APP_HOST.toUpperCase()}:${site().port}`], people().ada],
      })
      assert.deepEqual([status, seen.map(identityOf)], [200, [WHO.ada]])
    })

    it('another port, or another host, is not the app that may be asked for', async () => {
      for (const host of [
        APP_HOST,
        `${APP_HOST}:1`,
        'evil.test',
        `evil.test:${site().port}`,
        `${APP_HOST}@evil.test`,
        '',
      ]) {
        const out = await asks('GET', '/', { headers: [['Host', host], ...page] })
        assert.deepEqual(out.seen, [], host)
        if (out.location !== undefined) assert.ok(!out.location.includes('evil'), out.location)
      }
    })
  })

  describe('T19 another spelling of the path', () => {
    for (const spelling of ADMIN_SPELLINGS)
      it(`${spelling} is ${spelling.includes('#') ? 'no way (GHSA-pxq7-h93f-9jrg)' : 'no way'} to a part for another role`, async () => {
        for (const who of ['nobody', 'ada'] as const) {
          const request = `GET ${spelling} HTTP/1.1\r\n${hostLine()}${cookieLine(who)}Connection: close\r\n\r\n`
          const { answer, seen } = await sends(request)
          if (who === 'nobody') assert.deepEqual(seen, [])
          for (const { url } of seen) assert.ok(!leadsToAdmin(url), `${url}\n${answer}`)
        }
      })

    it('what can hardly be read as a path is refused, or checked like any other (CVE-2021-32637)', async () => {
      for (const target of ODD_TARGETS) {
        const out = await sends(`GET ${target} HTTP/1.1\r\n${hostLine()}Connection: close\r\n\r\n`)
        assert.deepEqual(out.seen, [], target)
        assert.ok(isRefused(out.answer), `${target} ${out.answer}`)
        const { seen } = await sends(
          `GET ${target} HTTP/1.1\r\n${hostLine()}${cookieLine('ada')}Connection: close\r\n\r\n`,
        )
        for (const one of seen) assert.deepEqual(identityOf(one), WHO.ada, target)
      }
    })

    it('a path of two slashes leads back to the app, and not to a host of that name', async () => {
      for (const path of ['//evil.test/', '/\\evil.test/', '/%2f/evil.test/']) {
        const { location, seen } = await asks('GET', path, { headers: [['Accept', 'text/html']] })
        assert.deepEqual(seen, [])
        if (location === undefined) continue
        const next = new URL(location).searchParams.get('next') ?? ''
        assert.equal(new URL(next, site().authUrl).origin, site().url, path)
      }
    })
  })
}

/** Whether some app would read it as an address below ADMIN_PATH: with `#` as a letter or as the end, with dots resolved or not. */
function leadsToAdmin(target: string): boolean {
  return [target, target.replace(/#.*/, ''), target.replaceAll('#', '%23')].some((reading) => {
    const [path = ''] = reading.split('?')
    const asItIs = decode(path).replace(/\/{2,}/g, '/')
    const { pathname } = new URL(asItIs, 'https://app.example.test')
    return [asItIs, pathname].some((one) => /^\/+admin(?![a-z0-9])/i.test(one))
  })
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
