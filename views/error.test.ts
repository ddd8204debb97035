import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorPage } from './error.ts'

describe('the error page', () => {
  for (const status of [403, 404, 429, 500, 503]) {
    it(`of ${status} says what it is, the way back and the number to quote`, () => {
      const back = { href: '/signin', label: 'Sign in' }
      const page = errorPage({}, { status, title: 'Not now', detail: 'Try again.', requestId: 'r-1', back })
      assert.match(page, /<title>Not now - Latchkey<\/title>/)
      assert.match(page, /<h1>Not now<\/h1>.*Try again\..*<a [^>]*href="\/signin">Sign in<\/a>/s)
      assert.match(page, new RegExp(`Error ${status} .*<code>r-1</code>`, 's'))
    })
  }
})
