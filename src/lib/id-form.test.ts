import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idTime, isId } from './id-form.ts'

describe('an id', () => {
  const others = [
    '',
    'x',
    '018f4d7e-0000-4000-8000-000000000000',
    '018f4d7e-0000-7000-c000-000000000000',
    '018F4D7E-0000-7000-8000-000000000000',
    '018f4d7e-0000-7000-8000-000000000000\n',
    ' 018f4d7e-0000-7000-8000-000000000000',
    '018f4d7e00007000800000000000000000',
  ]
  for (const text of others) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(isId(text), false))
  }
  it('018f4d7e-0000-7000-8000-000000000000 is one', () =>
    assert.equal(isId('018f4d7e-0000-7000-8000-000000000000'), true))

  it('tells when it was made', () => {
    // RFC 9562 A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
    assert.equal(idTime('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'), 1_645_557_742)
  })
})
