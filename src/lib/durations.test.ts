import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseDuration } from './durations.ts'

describe('a duration', () => {
  const good: [string, number][] = [
    ['1s', 1],
    ['30s', 30],
    ['5m', 300],
    ['12h', 43_200],
    ['7d', 604_800],
    ['999999s', 999_999],
  ]
  for (const [text, seconds] of good) {
    it(`${text} is ${seconds} seconds`, () => assert.equal(parseDuration(text), seconds))
  }

  const bad = [
    '',
    '5',
    's',
    '0s',
    '05m',
    '-5m',
    '+5m',
    '1.5h',
    '5 m',
    ' 5m',
    '5m\n',
    '5M',
    '5w',
    '5ms',
    '1h30m',
  ]
  for (const text of [...bad, '1000000s', '٥m', '1e3s', '5m;', '__proto__', '1constructor']) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseDuration(text), null))
  }
})
