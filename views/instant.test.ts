import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countdown, instant } from './instant.ts'

describe('an instant', () => {
  it('is written out in UTC, whatever the machine', () => {
    assert.deepEqual(instant(Date.UTC(2026, 10, 23, 20, 14, 59) / 1000), {
      iso: '2026-11-23T20:14:59.000Z',
      dateAndTime: '23 November 2026, 20:14 UTC',
      brief: '23 Nov 2026, 20:14 UTC',
      timeOfDay: '20:14:59 UTC',
    })
    assert.equal(instant(Date.UTC(2027, 0, 1, 0, 5) / 1000).dateAndTime, '1 January 2027, 00:05 UTC')
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
