import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { createLiveSessions } from './live-sessions.ts'

const START = 1_800_000_000

function open(countLive: (now: number) => Promise<number>) {
  const clock = manualClock(START)
  const asked: number[] = []
  const store = {
    countLive(now: number) {
      asked.push(now)
      return countLive(now)
    },
  }
  return { clock, asked, live: createLiveSessions({ store, clock, patienceMilliseconds: 20 }) }
}

describe('how many sessions are live', () => {
  for (const [seconds, times] of [
    [0, 1],
    [14, 1],
    [15, 2],
    [16, 2],
    // A clock set back.
    [-1, 2],
  ] as const) {
    it(`is asked of the store ${times === 1 ? 'once' : 'again'} when it is wanted ${seconds} s later`, async () => {
      let n = 0
      const { clock, asked, live } = open(async () => ++n)
      assert.equal(await live(), 1)
      clock.advance(seconds)
      assert.equal(await live(), times)
      assert.equal(asked.length, times)
      assert.equal(asked.at(-1), START + (times === 1 ? 0 : seconds))
    })
  }

  it('is asked once for all who want it at the same time', async () => {
    const { asked, live } = open(async () => 7)
    assert.deepEqual(await Promise.all([live(), live(), live()]), [7, 7, 7])
    assert.equal(asked.length, 1)
  })

  it('is not known when the store fails, which is not asked again at once', async () => {
    let isDown = true
    const { clock, asked, live } = open(async () => {
      if (isDown) throw new Error('gone')
      return 3
    })
    assert.deepEqual([await live(), await live(), asked.length], [null, null, 1])
    isDown = false
    clock.advance(15)
    assert.equal(await live(), 3)
  })

  it('is not known while the store does not answer, which is never asked twice at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const { clock, asked, live } = open(() => promise)
    assert.equal(await live(), null)
    clock.advance(60)
    assert.equal(await live(), null)
    assert.equal(asked.length, 1)
    resolve(5)
    assert.equal(await live(), 5)
    clock.advance(60)
    await live()
    assert.equal(asked.length, 2)
  })
})
