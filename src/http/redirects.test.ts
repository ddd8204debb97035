import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { GOOD_PASSWORD } from '../testing.ts'
import { readCollection, readVectors, skipUnless } from '../vectors/vectors.testing.ts'
import { assertLocation } from './answers.testing.ts'
import { type Answer, openApp, PUBLIC_URL } from './requests.testing.ts'

/** The lists of return-to values, judged by their oracle: a real sign-in, and where its answer really leads. */

const LIST = readCollection('redirects/oauth2-proxy-openredirects.txt')
const skip = skipUnless(LIST)

interface Case {
  next: string
  path_only: boolean
  why: string
}
const { cases } = readVectors<{ cases: Case[] }>('redirect-cases.json')
const lines = (LIST ?? '').split('\n').filter(Boolean)
const decoded = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
const values = [...new Set([...lines, ...lines.map(decoded), ...cases.map(({ next }) => next)])]

const HOME = { publicUrl: PUBLIC_URL, returnTo: [] }
const app = await openApp()
const { cookie } = await app.begin()
const good = { username: 'user1', password: GOOD_PASSWORD }

const byQuery = (next: string) =>
  app.ask(`/signin?next=${encodeURIComponent(next)}`, { as: 'browser', cookie })
const byForm = (next: string) => app.ask('/signin', { as: 'browser', form: { ...good, next } })

/** 303, never another redirect after credentials, and to one of ours (`ask` has judged the Location already). */
function assertGoesHome({ status, location }: Answer, next: string) {
  assert.equal(status, 303, next)
  assertLocation(location ?? '', HOME)
}

describe('return-to', () => {
  test('the oracle itself knows bad from good', () => {
    for (const bad of [
      '//evil.test',
      'https://evil.test/',
      '/\\evil.test',
      '/\t/evil.test',
      '/a b',
      '/.//x',
      '/\x7f',
    ])
      assert.throws(() => assertLocation(bad, HOME), assert.AssertionError, `bad: ${bad}`)
    for (const fine of ['/', '/welcome', '/a?b=//c#//d', '/a//b']) assertLocation(fine, HOME)
  })

  test('redirect lists, by query, while signed in: nothing leaves the origin', { skip }, async () => {
    assert.ok(values.length > 800, `${values.length}`)
    for (const next of values) assertGoesHome(await byQuery(next), next)
  })

  test('redirect lists, echoed by the page: escaped, and only what is safe to follow', { skip }, async () => {
    for (const next of values) {
      const { status, body } = await app.ask(`/signin?next=${encodeURIComponent(next)}`, { as: 'browser' })
      assert.equal(status, 200, next)
      const [field, echoed = ''] = /<input type="hidden" name="next" value="([^"]*)">/.exec(body) ?? []
      if (field) assert.doesNotMatch(echoed, /[<>'\s\\]/, next)
      if (field)
        assertLocation(
          echoed.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"'),
          HOME,
        )
      assert.equal(body.match(/<script/g)?.length, 1, next)
    }
  })

  test('redirect-cases, by query and by form: each as listed', async () => {
    for (const { next, path_only, why } of cases) {
      for (const answer of [await byQuery(next), await byForm(next)]) {
        assertGoesHome(answer, next)
        const url = URL.parse(next, PUBLIC_URL)
        const expected = path_only && url ? url.pathname + url.search + url.hash : '/welcome'
        assert.equal(answer.location, expected, `${JSON.stringify(next)}: ${why}`)
      }
    }
  })

  test('redirect lists, by form, through a sign-in (each twentieth)', { skip }, async () => {
    for (const next of values.filter((_, i) => i % 20 === 0)) assertGoesHome(await byForm(next), next)
  })

  test('GHSA-qqxw-m5fj-f7gv, GHSA-4mf2-f3wh-gvf2, CVE-2026-28512: string tricks fall back to the welcome page', async () => {
    for (const next of [
      '/\\evil.test',
      '/\t/evil.test',
      '/%09/evil.test'.replace('%09', '\t'),
      'https://auth.example.test.evil.test/',
      'https://auth.example.test@evil.test/',
      'https://evil.test/auth.example.test',
      '//auth.example.test@evil.test',
      '\u2028//evil.test',
      '/x\r\nLocation: https://evil.test',
    ]) {
      assert.equal((await byQuery(next)).location, '/welcome', next)
      assert.equal((await byForm(next)).location, '/welcome', next)
    }
  })

  test('CVE-2022-31093: a next that is no text, comes twice or is broken is no reason for a 500', async () => {
    for (const next of [5, null, true, [], {}, ['/a']]) {
      assert.equal((await app.ask('/signin', { json: { ...good, next } })).status, 400, JSON.stringify(next))
    }
    for (const query of [
      'next=%',
      'next=%ff',
      'next=%E0%A4%A',
      'next=/a&next=//evil.test',
      'next[]=/a',
      'next',
    ]) {
      assert.equal((await app.ask(`/signin?${query}`, { cookie })).status, 303, query)
    }
  })

  test('T25: whatever next is, it leads to us', async () => {
    const tricky = fc.constantFrom(
      '/',
      '\\',
      '//',
      '.',
      '..',
      '@',
      ':',
      '?',
      '#',
      '%2f',
      '%5c',
      '\t',
      '\n',
      ' ',
      'evil.test',
      'https:',
      'javascript:',
      '\u0000',
      '\u00a0',
      '\ud800',
      '［',
      '。',
    )
    const texts = fc.oneof(
      fc.array(tricky, { maxLength: 10 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        // A lone surrogate cannot be percent-encoded; a query holds U+FFFD in its place.
        const next = text.toWellFormed()
        assertGoesHome(await byQuery(next), next)
      }),
      { numRuns: 300 },
    )
  })
})
