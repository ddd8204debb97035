import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readCollection, readVectors, skipUnless } from '../vectors/vectors.testing.ts'
import { returnTo } from './return-to.ts'

const ORIGIN = 'https://auth.example.test'

/** The oracle: nothing, or a Location that a browser opens on our origin and that nobody can read in another way. */
function assertSafe(next: string, origin = ORIGIN): void {
  const location = returnTo(next, origin)
  if (location === null) return
  assert.equal(new URL(location, origin).origin, origin, `${JSON.stringify(next)} leaves our origin`)
  assert.match(location, /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/)
}

describe('return-to', () => {
  const { cases } = readVectors<{ cases: { next: string; path_only: boolean; why: string }[] }>(
    'redirect-cases.json',
  )
  for (const { next, path_only, why } of cases) {
    it(`${path_only ? 'takes' : 'refuses'} ${JSON.stringify(next)}: ${why}`, () => {
      assert.equal(returnTo(next, ORIGIN) !== null, path_only)
      assertSafe(next)
    })
  }

  it('keeps path, query and fragment', () => {
    assert.equal(returnTo('/a/b?c=d&e=f#g', ORIGIN), '/a/b?c=d&e=f#g')
    assert.equal(returnTo('/a/../b', ORIGIN), '/b')
    assert.equal(returnTo('/\u20ac', ORIGIN), '/%E2%82%AC')
  })

  it('is nothing when nothing was asked for', () => {
    assert.equal(returnTo(undefined, ORIGIN), null)
    assert.equal(returnTo('', ORIGIN), null)
  })

  for (const [length, taken] of [
    [2047, true],
    [2048, true],
    [2049, false],
  ] as const) {
    it(`${taken ? 'takes' : 'refuses'} ${length} characters`, () =>
      assert.equal(returnTo(`/${'a'.repeat(length - 1)}`, ORIGIN) !== null, taken))
  }

  it('refuses userinfo, and a host that only begins like ours (CVE-2026-28512, GHSA-4mf2-f3wh-gvf2)', () => {
    for (const next of [`${ORIGIN}@evil.test/`, `${ORIGIN}.evil.test/`, '//auth.example.test@evil.test/']) {
      assert.equal(returnTo(next, ORIGIN), null)
    }
  })

  it('refuses a slash and a backslash (GHSA-qqxw-m5fj-f7gv)', () => {
    for (const next of ['/\\evil.test', '\\/evil.test', '/\\/evil.test', '/a\\b', '/\t/evil.test']) {
      assert.equal(returnTo(next, ORIGIN), null)
    }
  })
})

describe('return-to > the public list of open redirects', () => {
  const list = readCollection('redirects/oauth2-proxy-openredirects.txt')
  it('leads nowhere else, raw and decoded once', { skip: skipUnless(list) }, () => {
    const lines = (list ?? '').split('\n')
    assert.ok(lines.length > 500)
    for (const line of lines) {
      assertSafe(line)
      const decoded = decodedOnce(line)
      if (decoded !== null) assertSafe(decoded)
    }
  })
})

describe('return-to > any text', () => {
  const origins = fc.constantFrom(ORIGIN, 'http://localhost:8000', 'https://[::1]:8443')
  // What parsers of URLs disagree about, in any order.
  const pieces = [
    '/',
    '//',
    '\\',
    '.',
    '..',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    '%5c',
    '%09',
    '\t',
    '\r\n',
    ' ',
    '\u00a0',
    '\u2028',
  ]
  const hosts = [
    'evil.test',
    'auth.example.test',
    'https:',
    'javascript:',
    '[::1]',
    '\uff0f',
    '\u3002',
    'a',
    '\ud800',
    '\0',
  ]
  const crafted = fc
    .array(fc.constantFrom(...pieces, ...hosts), { maxLength: 9 })
    .map((parts) => `/${parts.join('')}`)

  it('is refused or stays on our origin', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), origins, assertSafe), { numRuns: 2000 })
    fc.assert(fc.property(crafted, origins, assertSafe), { numRuns: 5000 })
  })

  it('gives what is taken again unchanged', () => {
    fc.assert(
      fc.property(crafted, (next) => {
        const once = returnTo(next, ORIGIN)
        if (once !== null && once.length <= 2048) assert.equal(returnTo(once, ORIGIN), once)
      }),
    )
  })
})

function decodedOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
