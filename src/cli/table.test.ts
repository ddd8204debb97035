import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { age, instant, table } from './table.ts'

describe('table', () => {
  it('makes each column as wide as its longest cell, and leaves no space at the end of a line', () => {
    assert.equal(
      table(
        ['NAME', 'ROLE'],
        [
          ['ada', 'admin'],
          ['Grace H', 'user'],
        ],
      ),
      ['NAME     ROLE', 'ada      admin', 'Grace H  user'].join('\n'),
    )
  })

  it('shows an empty cell as a dash', () => {
    assert.equal(table(['A', 'B'], [['', 'x']]), 'A  B\n-  x')
  })

  it('counts what is seen as one sign as one', () => {
    assert.equal(table(['NAME', 'B'], [['e\u0301te', 'x']]), 'NAME  B\ne\u0301te   x')
  })

  for (const [what, text] of [
    ['an escape sequence', '\u001b[31mred'],
    ['a line end', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a C1 control', 'a\u009b31m'],
    ['a change of direction', 'a\u202eb'],
    ['a line separator', 'a\u2028b'],
  ] as const)
    it(`lets no cell hold ${what}`, () => {
      const shown = table(['A'], [[text]])
      assert.equal(shown.split('\n').length, 2)
      assert.match(shown, /\u{FFFD}/u)
      for (const sign of '\u001b\r\u009b\u202e\u2028') assert.ok(!shown.includes(sign))
    })
})

describe('instant', () => {
  it('is the minute, in UTC', () => {
    assert.equal(instant(1_800_000_059), '2027-01-15 08:00Z')
    assert.equal(instant(1_800_000_060), '2027-01-15 08:01Z')
  })

  it('has its seconds where they are asked for', () => {
    assert.equal(instant(1_800_000_059, 'second'), '2027-01-15 08:00:59Z')
    assert.equal(instant(1_800_000_060, 'second'), '2027-01-15 08:01:00Z')
  })
})

describe('age', () => {
  for (const [seconds, text] of [
    [-5, '0s'],
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [3599, '59m'],
    [3600, '1h'],
    [86_399, '23h'],
    [86_400, '1d'],
    [400 * 86_400, '400d'],
  ] as const)
    it(`of ${seconds} seconds is ${text}`, () => assert.equal(age(seconds), text))
})
