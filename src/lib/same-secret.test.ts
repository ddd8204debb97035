import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSameSecret } from './same-secret.ts'

describe('two secrets', () => {
  for (const [shown, known, isSame] of [
    ['a secret', 'a secret', true],
    ['', '', true],
    ['a secret', 'a secreT', false],
    ['b secret', 'a secret', false],
    // Of another length: a comparison of bytes in constant time would throw.
    ['a secre', 'a secret', false],
    ['a secrets', 'a secret', false],
    ['', 'a secret', false],
    ['ä', 'a\u0308', false],
  ] as const)
    it(`${JSON.stringify(shown)} and ${JSON.stringify(known)} are ${isSame ? 'one' : 'two'}`, () =>
      assert.equal(isSameSecret(shown, known), isSame))
})
