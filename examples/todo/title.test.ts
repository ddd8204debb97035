import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeTitle } from './title.ts'

describe('a title', () => {
  const good: [string, string][] = [
    ['buy milk', 'buy milk'],
    ['  buy milk\n', 'buy milk'],
    ['Käse 😀 קנה', 'Käse 😀 קנה'],
    ['<b>&amp;', '<b>&amp;'],
    ['x'.repeat(200), 'x'.repeat(200)],
    [` ${'x'.repeat(200)} `, 'x'.repeat(200)],
  ]
  for (const [value, title] of good)
    it(`may be ${JSON.stringify(value).slice(0, 20)}`, () =>
      assert.deepEqual(judgeTitle(value), { kind: 'title', title }))

  const bad: [unknown, RegExp][] = [
    [undefined, /needs a `title`/],
    [null, /must be text/],
    [1, /must be text/],
    [['a'], /must be text/],
    ['', /empty/],
    [' \t\n ', /empty/],
    ['\u200b\u00a0', /empty/],
    ['x'.repeat(201), /at most 200/],
    ['a\nb', /one line/],
    ['a\u0000b', /one line/],
    ['a\ud800b', /one line/],
  ]
  for (const [value, why] of bad)
    it(`may not be ${String(JSON.stringify(value)).slice(0, 20)}`, () => {
      const read = judgeTitle(value)
      assert.equal(read.kind, 'bad')
      assert.match(read.why, why)
    })
})
