import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countdown, dateAndTime, timeOfDay } from './instant.ts'

describe('dateAndTime', () => {
  it('is written out in UTC, whatever the machine', () => {
    assert.equal(dateAndTime(Date.UTC(2026, 10, 23, 20, 14, 59) / 1000), '23 November 2026, 20:14 UTC')
    assert.equal(dateAndTime(Date.UTC(2027, 0, 1, 0, 5) / 1000), '1 January 2027, 00:05 UTC')
    assert.equal(timeOfDay(Date.UTC(2027, 0, 1, 0, 5, 9) / 1000), '00:05:09 UTC')
  })
})

describe('countdown', () => {
  const cases: [number, string][] = [
    [-1, '0:00'],
    [0, '0:00'],
    [9, '0:09'],
    [59, '0:59'],
    [60, '1:00'],
    [271, '4:31'],
    [600, '10:00'],
    [3599, '59:59'],
    [3600, '1:00:00'],
    [43_170, '11:59:30'],
  ]
  for (const [seconds, text] of cases) {
    it(`shows ${seconds} s as ${text}`, () => assert.equal(countdown(seconds), text))
  }
})
