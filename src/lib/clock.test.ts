import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock, steadyClock, systemClock } from './clock.ts'

describe('a clock', () => {
  it('of the machine tells whole epoch seconds', () => {
    const before = Math.floor(Date.now() / 1000)
    const now = systemClock.now()
    assert.ok(Number.isInteger(now))
    assert.ok(before <= now && now <= Math.floor(Date.now() / 1000))
  })

  it('that is steady tells whole seconds of this process, and never goes back', () => {
    const before = steadyClock.now()
    assert.ok(Number.isInteger(before) && before >= 0 && before <= process.uptime())
    assert.ok(steadyClock.now() >= before)
  })

  it('of a test stands still until it is moved', () => {
    const clock = manualClock(1000)
    assert.equal(clock.now(), 1000)
    clock.advance(30)
    assert.equal(clock.now(), 1030)
    clock.advance(-60)
    assert.equal(clock.now(), 970)
  })
})
