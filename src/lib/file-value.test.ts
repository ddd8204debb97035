import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileValue } from './file-value.ts'

describe('the value of a file', () => {
  for (const [content, value] of [
    ['abc', 'abc'],
    ['abc\n', 'abc'],
    ['abc\r\n', 'abc'],
    ['abc\n\n', 'abc\n'],
    [' a\nb \n', ' a\nb '],
    ['\ufeffabc\n', 'abc'],
    ['päß', 'päß'],
    ['\n', ''],
    ['', ''],
  ] as const) {
    it(`of ${JSON.stringify(content)} is ${JSON.stringify(value)}`, () =>
      assert.equal(fileValue(Buffer.from(content)), value))
  }

  it('is none when it is not text', () => assert.equal(fileValue(Uint8Array.of(0x61, 0xff)), null))
})
