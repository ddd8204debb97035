import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { isNamed, returnTo } from '../lib/return-to.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { readCollection, readVectors, skipUnless } from '../vectors/vectors.testing.ts'
import { openApp, PUBLIC_URL } from './requests.testing.ts'

/** Where `next` may lead when RETURN_TO names apps: by real sign-ins, whose every Location `ask` judges. */

const APP = 'https://app.example.test'
const RETURN_TO = [APP, 'https://*.apps.example.test']

const { cases } = readVectors<{
  cases: { next: string; path_only: boolean; allowlist: boolean; why: string }[]
}>('redirect-cases.json')
const LIST = readCollection('redirects/oauth2-proxy-openredirects.txt')

const app = await openApp({ returnTo: RETURN_TO })
const { cookie } = await app.begin()
const good = { username: 'user1', password: GOOD_PASSWORD }
const byQuery = (next: string) =>
  app.ask(`/signin?next=${encodeURIComponent(next)}`, { as: 'browser', cookie })
const byForm = (next: string) => app.ask('/signin', { as: 'browser', form: { ...good, next } })

describe('T12 return-to, with apps that RETURN_TO names', () => {
  for (const { next, path_only, allowlist, why } of cases) {
    it(`${allowlist ? 'takes' : 'refuses'} ${JSON.stringify(next)}: ${why}`, async () => {
      const url = URL.parse(next, PUBLIC_URL)
      const expected =
        !allowlist || !url ? '/welcome' : path_only ? url.pathname + url.search + url.hash : url.href
      for (const answer of [await byQuery(next), await byForm(next)]) {
        // Never 307 or 308: the password would be sent along.
        assert.equal(answer.status, 303)
        assert.equal(answer.location, expected)
      }
    })
  }

  it('keeps path, query and fragment of an address elsewhere', async () => {
    const next = `${APP}/wiki/a%20page?q=a+b&x=%2F#part`
    assert.equal((await byQuery(next)).location, next)
    assert.equal((await byForm(next)).location, next)
  })

  it('says in the policy of its pages that forms may lead there, for Chromium asks that of a redirect too', async () => {
    const { headers, body } = await app.ask(`/signin?next=${encodeURIComponent(`${APP}/x`)}`, {
      as: 'browser',
    })
    assert.ok(headers.get('content-security-policy')?.includes(`form-action 'self' ${RETURN_TO.join(' ')};`))
    assert.match(body, /<input type="hidden" name="next" value="https:\/\/app\.example\.test\/x">/)
  })

  it('GHSA-j7px-6hwj-hpjg, GHSA-5m6c-jp6f-2vcv: leads nowhere else by any line of the public list, raw and decoded once', {
    skip: skipUnless(LIST),
  }, () => {
    const lines = (LIST ?? '').split('\n')
    assert.ok(lines.length > 500)
    for (const line of lines) for (const next of [line, decodedOnce(line)]) assertNamed(next)
  })

  it('leads nowhere else by any text made of what parsers disagree about', () => {
    const pieces = [
      APP,
      'https:',
      'http:',
      '//',
      '/',
      '\\',
      '.',
      '..',
      '@',
      ':',
      '?',
      '#',
      '%2e',
      '%2f',
      '%00',
      '\t',
    ]
    const hosts = [
      'evil.test',
      'app.example.test',
      '.apps.example.test',
      'a',
      '*',
      '\u3002',
      '\uff0f',
      '[::1]',
      ':443',
    ]
    const crafted = fc
      .array(fc.constantFrom(...pieces, ...hosts), { maxLength: 8 })
      .map((all) => all.join(''))
    fc.assert(fc.property(crafted, assertNamed), { numRuns: 5000 })
    fc.assert(
      fc.property(crafted, (rest) => assertNamed(APP + rest)),
      { numRuns: 5000 },
    )
  })
})

test('a name with * is every host one label below, and no other', () => {
  const names = ['https://*.apps.example.test', 'https://*.example.org:8443', 'http://[::1]:3000']
  for (const origin of ['https://one.apps.example.test', 'https://a-b.example.org:8443', 'http://[::1]:3000'])
    assert.ok(isNamed(origin, names), origin)
  for (const origin of [
    'https://apps.example.test',
    'https://a.b.apps.example.test',
    'http://one.apps.example.test',
    'https://one.apps.example.test:8443',
    'https://a.example.org',
    'https://xapps.example.test',
    'http://[::2]:3000',
  ])
    assert.ok(!isNamed(origin, names), origin)
})

/** The oracle, by a pattern of its own. */
function assertNamed(next: string): void {
  const location = returnTo(next, PUBLIC_URL, RETURN_TO)
  if (location === null || /^\/(?![/\\])/.test(location)) return
  const { origin, username, password } = new URL(location)
  assert.match(origin, /^https:\/\/(app|[^.]+\.apps)\.example\.test$/, JSON.stringify(next))
  assert.equal(username + password, '')
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
