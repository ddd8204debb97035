import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printable } from './printable.ts'

describe('text of strangers', () => {
  for (const [text, shown] of [
    ['/welcome', '/welcome'],
    ['Zoë 美咲', 'Zoë 美咲'],
    ['\u001b[31m', '\ufffd[31m'],
    ['\u009b31m', '\ufffd31m'],
    ['a\nb\rc', 'a\ufffdb\ufffdc'],
    ['\u202eevil', '\ufffdevil'],
    ['a'.repeat(300), 'a'.repeat(256)],
  ] as const) {
    it(`${JSON.stringify(text.slice(0, 20))} is shown without what acts on a terminal`, () =>
      assert.equal(printable(text), shown))
  }
})
