import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isOneOff } from './one-off.ts'

describe('one letter off', () => {
  const rows: [string, string, boolean][] = [
    ['abc', 'abc', false],
    ['ab', 'abc', true],
    ['bc', 'abc', true],
    ['abcd', 'abc', true],
    ['axc', 'abc', true],
    ['acb', 'abc', true],
    ['bac', 'abc', true],
    ['cba', 'abc', false],
    ['bca', 'abc', false],
    ['a', 'abc', false],
    ['abcde', 'abc', false],
    ['axx', 'abc', false],
    ['', 'a', true],
    ['', '', false],
  ]
  for (const [a, b, off] of rows) {
    it(`${a} is ${off ? '' : 'not '}off ${b}, and the other way round`, () => {
      assert.equal(isOneOff(a, b), off)
      assert.equal(isOneOff(b, a), off)
    })
  }

  it('is each text with one letter left out, and none with two changed', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{3,9}$/), fc.nat(), (text, at) => {
        const index = at % text.length
        assert.ok(isOneOff(text.slice(0, index) + text.slice(index + 1), text))
        assert.ok(!isOneOff(`__${text.slice(2)}`, text))
      }),
    )
  })
})
