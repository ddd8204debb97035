import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { within } from './within.ts'

describe('a promise that must be kept in time', () => {
  it('is what it comes to', async () => {
    assert.equal(await within(Promise.resolve(7), 1000), 7)
    await assert.rejects(within(Promise.reject(new Error('gone')), 1000), /gone/)
  })

  for (const [milliseconds, isLate] of [
    [999, false],
    [1000, true],
  ] as const)
    it(`is ${isLate ? '' : 'not '}late after ${milliseconds} of 1000 ms`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] })
      const { promise, resolve } = Promise.withResolvers<string>()
      const waiting = within(promise, 1000)
      t.mock.timers.tick(milliseconds)
      resolve('kept')
      if (isLate) await assert.rejects(waiting, { name: 'TimeoutError' })
      else assert.equal(await waiting, 'kept')
    })
})
