import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideRotation } from './rotation.ts'

const AT = 1_800_000_000
const state = { salt: 's', rotation: 7, currentHash: 'current', previousHash: 'previous', rotatedAt: AT }
const WEEK = 7 * 86_400

/** Seconds since the last rotation; less than none when the clock was set back. */
const ages = [-WEEK, -11, -1, 0, 9, 10, 11, WEEK]

const rows: Record<string, Record<number, string>> = {
  current: Object.fromEntries(ages.map((age) => [age, 'rotate'])),
  previous: {
    ...{ [-WEEK]: 'repeat', [-11]: 'repeat', [-1]: 'repeat', 0: 'repeat', 9: 'repeat', 10: 'repeat' },
    ...{ 11: 'replace', [WEEK]: 'replace' },
  },
  displaced: Object.fromEntries(ages.map((age) => [age, 'reuse'])),
  // Nothing is taken for nothing: a hash is never empty, but a bug might make it so.
  '': Object.fromEntries(ages.map((age) => [age, 'reuse'])),
}

describe('what becomes of a refresh token', () => {
  for (const [shown, decisions] of Object.entries(rows)) {
    for (const age of ages) {
      it(`${shown || 'an empty hash'}, ${age} s after the rotation: ${decisions[age]}`, () =>
        assert.equal(decideRotation(state, shown, AT + age), decisions[age]))
    }
  }

  it('of a session that never rotated: the first is current, any other is reuse', () => {
    const fresh = { ...state, rotation: 0, previousHash: null }
    for (const age of ages) {
      assert.equal(decideRotation(fresh, 'current', AT + age), 'rotate')
      for (const shown of ['previous', 'null', 'undefined', ''])
        assert.equal(decideRotation(fresh, shown, AT + age), 'reuse')
    }
  })
})
