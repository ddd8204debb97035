import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { START } from '../testing.ts'
import { idAt } from '../vectors/forge.testing.ts'
import { decideRetirement, signingOf, signsFrom } from './key-life.ts'

const LEAD = 300
const keyAt = (at: number) => ({ kid: idAt(at), thereSince: at })
const [first, second, third] = [keyAt(START), keyAt(START + 1000), keyAt(START + 2000)] as const

describe('the key that signs', () => {
  it('is none when there is no key', () => assert.equal(signingOf([], LEAD, START), undefined))

  it('is the only one, at once', () => {
    for (const now of [START - 3600, START, START + 299, START + 300])
      assert.equal(signingOf([first], LEAD, now), first)
  })

  for (const [now, expected] of [
    [START + 1000, first],
    [START + 1299, first],
    [START + 1300, second],
    [START + 1301, second],
    [START + 2299, second],
    [START + 2300, third],
  ] as const) {
    it(`is the newest that has been published for its lead: ${now - START} s`, () =>
      assert.equal(signingOf([first, second, third], LEAD, now), expected))
  }

  it('is the oldest while none has been', () => {
    assert.equal(signingOf([first, second], LEAD, START), first)
    assert.equal(signingOf([second, third], LEAD, START + 1299), second)
  })

  it('is the newest at once when there is no lead', () =>
    assert.equal(signingOf([first, second], 0, START + 1000), second))

  it('has its turn so long after it was made', () => assert.equal(signsFrom(first, LEAD), START + LEAD))
})

describe('a key that is to be retired', () => {
  const policy = { leadSeconds: LEAD, longestTokenLifeSeconds: 900 }
  const decide = (keys: (typeof first)[], key: typeof first, now: number) =>
    decideRetirement(keys, key, policy, START + now)

  it('is the last one', () => assert.deepEqual(decide([first], first, 0), { kind: 'last' }))

  it('signs', () => {
    assert.deepEqual(decide([first, second], first, 1299), { kind: 'signing' })
    assert.deepEqual(decide([first, second], second, 1300), { kind: 'signing' })
  })

  it('has not signed yet, so nothing is lost', () =>
    assert.deepEqual(decide([first, second], second, 1299), { kind: 'retire' }))

  // The next key took over at 1300; a token lives 900 s at most, and clocks differ by a minute at most.
  for (const [now, kind] of [
    [1300, 'tokens-live'],
    [2259, 'tokens-live'],
    [2260, 'retire'],
    [2261, 'retire'],
  ] as const) {
    it(`was followed by another, ${now - 1300} s ago: ${kind}`, () => {
      const decision = decide([first, second], first, now)
      assert.equal(decision.kind, kind)
      if (decision.kind === 'tokens-live') assert.equal(decision.until, START + 2260)
    })
  }

  it('was followed by another whose file came later than it was made', () => {
    const late = { ...second, thereSince: START + 1500 }
    const decision = decide([first, late], first, 2459)
    assert.deepEqual(decision, { kind: 'tokens-live', until: START + 2460 })
    assert.deepEqual(decide([first, late], first, 2460), { kind: 'retire' })
  })

  it('was followed by two, of which the first counts', () => {
    assert.deepEqual(decide([first, second, third], first, 2260), { kind: 'retire' })
    assert.equal(decide([first, second, third], second, 2300).kind, 'tokens-live')
  })
})
