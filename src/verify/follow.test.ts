import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { follow, pauseSeconds } from './follow.ts'
import type { Heard } from './heard.ts'
import { holdTimers, releaseTimers, settle } from './stand-in.testing.ts'

const heard = (nextInSeconds: number, isNews = false): Heard => ({ kind: 'heard', isNews, nextInSeconds })
const failed = (retryAfterSeconds: number | null = null): Heard => ({
  kind: 'failed',
  why: 'x',
  retryAfterSeconds,
})

describe('the pause before the next question', () => {
  for (const [what, outcome, facts, seconds] of [
    ['after a question that was held', heard(0), { isSoon: false }, 0],
    ['after an empty answer that came at once', heard(0), { isSoon: true }, 1],
    ['after news', heard(0.2, true), { isSoon: true }, 0.2],
    ['as long as the answer says', heard(60), { isSoon: true }, 60],
    ['after one failure, at least', failed(), { failures: 1, random: 0 }, 1],
    ['after one failure, at most', failed(), { failures: 1, random: 1 }, 2],
    ['after two failures, at most', failed(), { failures: 2, random: 1 }, 4],
    ['after three failures, half way', failed(), { failures: 3, random: 0.5 }, 4.5],
    ['after four failures, at most', failed(), { failures: 4, random: 1 }, 10],
    ['after a thousand failures, at least', failed(), { failures: 1000, random: 0 }, 1],
    ['after a thousand failures, at most', failed(), { failures: 1000, random: 1 }, 10],
    ['as Retry-After says', failed(7), { failures: 1, random: 0 }, 7],
    ['not less than a second, whatever Retry-After says', failed(0), { failures: 1 }, 1],
  ] as const) {
    it(`is ${seconds} s ${what}`, () => {
      assert.equal(pauseSeconds(outcome, { isSoon: true, failures: 0, random: 0, ...facts }), seconds)
    })
  }
})

describe('following', () => {
  beforeEach(holdTimers)
  afterEach(releaseTimers)

  async function askedIn(seconds: number, ask: () => Promise<Heard>) {
    let asked = 0
    const following = follow({
      ask: () => {
        asked++
        return ask()
      },
      onHeard: () => {},
      random: () => 0,
    })
    for (let tenth = 1; tenth < seconds * 10; tenth++) {
      await settle()
      mock.timers.tick(100)
    }
    await settle()
    following.close()
    return asked
  }

  it('asks once a second when every answer comes at once and is empty', async () => {
    assert.equal(await askedIn(10, async () => heard(0)), 10)
  })

  it('asks five times a second at most when every answer has news', async () => {
    assert.equal(await askedIn(10, async () => heard(0.2, true)), 50)
  })

  it('asks once a second at most when every question fails at once', async () => {
    assert.equal(await askedIn(10, async () => failed()), 10)
  })

  it('asks no second question while one is not answered', async () => {
    assert.equal(await askedIn(100, () => new Promise(() => {})), 1)
  })

  it('asks nothing more once it is closed', async () => {
    let asked = 0
    const following = follow({
      ask: async () => {
        asked++
        return heard(0)
      },
      onHeard: () => assert.fail('it was closed'),
      random: () => 0,
    })
    following.close()
    await settle()
    mock.timers.tick(60_000)
    await settle()
    assert.equal(asked, 1)
  })
})
