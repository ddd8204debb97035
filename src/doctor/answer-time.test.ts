import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answerTime } from './answer-time.ts'

describe('how long a store takes to answer', () => {
  for (const times of [
    [500, 3, 4],
    [4, 500, 3],
    [3, 4, 500],
  ])
    it(`is the quickest of ${times}`, async (t) => {
      let now = 1000
      t.mock.method(performance, 'now', () => now)
      const left = [...times]
      assert.equal(await answerTime(async () => (now += left.shift() ?? 0)), 3)
    })

  it('is not known when it does not answer', () =>
    assert.rejects(
      answerTime(() => Promise.reject(new Error('no answer'))),
      /no answer/,
    ))
})
