import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decideRefresh, refreshFrom } from './refresh-window.ts'

const policy = { tokenTtlSeconds: 300, refreshWindowSeconds: 30 }
const EXP = 1_800_000_300

describe('the refresh window', () => {
  const rows: [number, string][] = [
    [-300, 'too-early'],
    [-31, 'too-early'],
    [-30, 'renew'],
    [-29, 'renew'],
    [-1, 'renew'],
    [0, 'expired'],
    [1, 'expired'],
    [86_400, 'expired'],
  ]
  for (const [offset, decision] of rows) {
    it(`at exp${offset < 0 ? '' : '+'}${offset} s decides ${decision}`, () =>
      assert.equal(decideRefresh(EXP, policy, EXP + offset), decision))
  }

  it('begins where it says that it begins', () => {
    assert.equal(refreshFrom(EXP, policy), EXP - 30)
    assert.equal(decideRefresh(EXP, policy, refreshFrom(EXP, policy) - 1), 'too-early')
    assert.equal(decideRefresh(EXP, policy, refreshFrom(EXP, policy)), 'renew')
  })

  it('is open for as long as it is set, whatever that is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 86_400 }),
        fc.integer({ min: -1e5, max: 1e5 }),
        (width, offset) => {
          const decision = decideRefresh(EXP, { ...policy, refreshWindowSeconds: width }, EXP + offset)
          assert.equal(decision, offset >= 0 ? 'expired' : -offset <= width ? 'renew' : 'too-early')
        },
      ),
    )
  })
})
