import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QueueFull } from '../accounts/passwords.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { RefreshOutcome, Sessions } from '../sessions/sessions.ts'
import { countEvent } from './count-events.ts'
import { countBusy, countRefreshes, countRotations } from './count-outcomes.ts'

const FROM = { address: null }

/** Notes what is told, instead of counting it. */
function open() {
  const told: string[] = []
  const tell = (word: string) => told.push(word)
  return { told, metrics: { signIn: tell, sessionEnded: tell, refresh: tell, rotation: tell } }
}

describe('a sign-in', () => {
  for (const [what, error, expected] of [
    ['that the hash queue turned away is busy', new QueueFull('too many'), ['busy']],
    ['that failed otherwise is no outcome', new Error('gone'), []],
  ] as const)
    it(`${what}, and whoever asked gets the error`, async () => {
      const { told, metrics } = open()
      const checkSignIn = countBusy(() => Promise.reject(error), metrics)
      await assert.rejects(checkSignIn('user1', 'x', FROM), error)
      assert.deepEqual(told, expected)
    })

  it('that was answered is left to the audit log to tell', async () => {
    const { told, metrics } = open()
    assert.equal(await countBusy(async () => null, metrics)('user1', 'x', FROM), null)
    assert.deepEqual(told, [])
  })
})

describe('an event of the audit log', () => {
  for (const [event, reason, expected] of [
    ['sign_in.succeeded', null, ['succeeded']],
    ['sign_in.failed', 'unknown-user', ['refused']],
    ['sign_in.failed', 'wrong-password', ['refused']],
    ['sign_in.failed', 'disabled', ['refused']],
    ['session.ended', 'disabled', ['disabled']],
    // No label is made of a word that is not known.
    ['session.ended', 'toString', []],
    ['session.ended', 'somebody', []],
    ['session.ended', null, []],
    ['session.refreshed', null, []],
    // Told as the ending of its session too.
    ['refresh.reuse_detected', null, []],
    ['password.refused', 'wrong-password', []],
    ['user.disabled', null, []],
  ] as [AuditEvent, string | null, string[]][])
    it(`${event}, ${reason}, is ${expected.join() || 'not counted'}`, () => {
      const { told, metrics } = open()
      countEvent({ event, reason }, metrics)
      assert.deepEqual(told, expected)
    })
})

describe('a renewal', () => {
  const outcomes = ['expired', 'by-refresh-token', 'other-carrier'] as const
  for (const kind of outcomes)
    it(`is counted as ${kind}, whichever way it was asked for, and is what it was`, async () => {
      const { told, metrics } = open()
      const outcome = { kind } as RefreshOutcome
      const renew = async () => outcome
      const stub = { refresh: renew, renew, resume: async () => ({ kind: 'invalid' }) }
      const sessions = countRefreshes(stub as unknown as Sessions, metrics)
      assert.equal(await sessions.refresh({} as never, FROM), outcome)
      assert.equal(await sessions.renew({} as never, 'bearer', FROM), outcome)
      await sessions.resume('x')
      assert.deepEqual(told, [kind, kind])
    })

  it('that fails is no outcome', async () => {
    const { told, metrics } = open()
    const rotate = countRotations(() => Promise.reject(new Error('gone')), metrics)
    await assert.rejects(rotate('x', 'bearer', FROM), /gone/)
    assert.deepEqual(told, [])
  })
})
