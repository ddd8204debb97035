import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from './refusal.ts'
import { readFields } from './user-fields.ts'

const GOOD = {
  email: ['ada@example.org', 'a.b+c@localhost', 'ünï@bücher.example', `${'a'.repeat(242)}@example.org`],
  phone: ['+41446681800', '+41 44 668 18 00', '044/668-18-00', '(0)44 668', '12345', '1'.repeat(20)],
  name: ['Ada', 'Ada Lovelace', "O'Hara-Łódź, 小明", 'x'.repeat(200)],
}
const BAD = {
  email: [
    'ada',
    '@example.org',
    'ada@',
    'a@b@c',
    'ada @example.org',
    'ada@example.org\n',
    ' ',
    `${'a'.repeat(243)}@example.org`,
  ],
  phone: ['1234', '+', '41+44', '+41 44 668 18 00 x', 'ada', ' 12345', '12345-', '1'.repeat(21)],
  name: ['a\tb', 'a\nb', 'a\u001b[0m', 'a\u202eb', 'x'.repeat(201)],
}

describe('the fields of a user', () => {
  for (const field of ['email', 'phone', 'name'] as const) {
    for (const value of GOOD[field])
      it(`${field} may be ${JSON.stringify(value).slice(0, 40)}`, () => {
        assert.deepEqual(readFields({ [field]: value }), { [field]: value })
      })
    for (const value of BAD[field])
      it(`${field} must not be ${JSON.stringify(value).slice(0, 40)}`, () => {
        assert.throws(() => readFields({ [field]: value }), Refusal)
      })
    it(`${field} is cleared when empty`, () => {
      assert.deepEqual(readFields({ [field]: '' }), { [field]: null })
    })
  }

  it('leaves out what was not given', () => {
    assert.deepEqual(readFields({}), {})
    assert.deepEqual(readFields({ role: 'admin' }), { role: 'admin' })
  })
})
