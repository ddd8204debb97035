import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuditEntry } from '../audit/event.ts'
import { newId } from '../lib/ids.ts'
import { testUser } from '../vectors/records.testing.ts'
import { ImportRefused } from './import-refused.ts'
import { endLine, eventLine, headerLine, readHeader, readRecord, userLine } from './records.ts'

const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const user = testUser({
  passwordHash: HASH,
  username: 'Ünal',
  email: 'u@example.org',
  name: 'Ü "N" \u2028 é',
})
const entry: AuditEntry = {
  ...{ at: 1_800_000_000, event: 'session.ended', userId: newId(), sid: newId() },
  ...{ address: '2001:db8::1', reason: 'signed-out' },
}

const line = (text: string) => ({ number: 7, text })
/** A line with some fields replaced, or left out where they are undefined. */
const changed = (text: string, fields: object) => JSON.stringify({ ...JSON.parse(text), ...fields })
const assertRefused = (text: string, what: string) =>
  assert.throws(
    () => readRecord(line(text)),
    (error) => {
      assert.ok(error instanceof ImportRefused)
      assert.equal(error.message, `Line 7 ${what}. Nothing was kept.`)
      return true
    },
  )

describe('a line of an export', () => {
  it('of a user reads back as that user', () =>
    assert.deepEqual(readRecord(line(userLine(user))), { kind: 'user', user }))

  it('of a user with nothing but what must be there too', () => {
    const bare = testUser({ passwordHash: HASH })
    assert.deepEqual(readRecord(line(userLine(bare))), { kind: 'user', user: bare })
  })

  it('of an event reads back as that entry', () =>
    assert.deepEqual(readRecord(line(eventLine(entry))), { kind: 'event', entry }))

  it('of an event about nobody too', () => {
    const bare = { ...entry, userId: null, sid: null, address: null, reason: null }
    assert.deepEqual(readRecord(line(eventLine(bare))), { kind: 'event', entry: bare })
  })

  it('at the end says how many there were', () =>
    assert.deepEqual(readRecord(line(endLine(3, 9))), { kind: 'end', users: 3, events: 9 }))

  it('is the same whatever order the fields of the user stand in', () => {
    const turned = Object.fromEntries(Object.entries(user).toReversed())
    assert.equal(userLine(turned as unknown as typeof user), userLine(user))
  })

  for (const [field, values] of Object.entries({
    id: [undefined, null, 'x', newId().toUpperCase(), 7],
    username: [undefined, '', 'a b', '\u{ff21}da', 'x'.repeat(65), null],
    email: [undefined, '', 7, 'a\nb', 'x'.repeat(1001)],
    name: ['\ud800', 'a\0b', {}],
    role: [undefined, 'king', null],
    status: ['asleep'],
    password_hash: [
      ...[undefined, null, '', 'secret', HASH.replace('argon2id', 'argon2i'), `${HASH}\n`, ` ${HASH}`],
      ...[HASH.replace('m=19456', 'm=99999999'), HASH.replace(/\$A+$/, '')],
      // Those that argon2 throws at, and one that keeps it busy.
      ...[HASH.replace('m=19456', 'm=7'), HASH.replace('t=2', 't=0'), HASH.replace('p=1', 'p=0')],
      ...[HASH.replace('p=1', 'p=99'), HASH.replace(/A$/, 'B'), HASH.replace('t=2', 't=99')],
    ],
    revision: [-1, 0.5, '0', null, Number.MAX_SAFE_INTEGER],
    created_at: [-1, 1.5, 1e15, '1'],
  }))
    for (const value of values)
      it(`of a user is refused with ${field} ${JSON.stringify(value)?.slice(0, 40)}`, () =>
        assertRefused(changed(userLine(user), { [field]: value }), `has no ${field}, or not one of its form`))

  for (const [field, values] of Object.entries({
    at: [undefined, -1, '1'],
    event: [undefined, 'user.born'],
    user_id: [undefined, 'ada'],
    sid: ['1', 7],
    address: ['', 'a\u001bb'],
    reason: [undefined, 7],
  }))
    for (const value of values)
      it(`of an event is refused with ${field} ${JSON.stringify(value)}`, () =>
        assertRefused(
          changed(eventLine(entry), { [field]: value }),
          `has no ${field}, or not one of its form`,
        ))

  for (const [what, text, sentence] of [
    ['no JSON', `{"password_hash":"${HASH}"`, 'is not JSON'],
    ['empty', '', 'is not JSON'],
    ['null', 'null', 'is no record'],
    ['a list', '[]', 'is no record'],
    ['of no kind', '{}', 'has no kind, or not one of its form'],
    ['of another kind', '{"kind":"session"}', 'has no kind, or not one of its form'],
    ['with one field more', changed(userLine(user), { secret: HASH }), 'has a field that is not known'],
    ['with a field twice', userLine(user).replace('{', '{"role":"admin",'), 'has a field twice'],
    ['a count below zero', endLine(-1, 0), 'has no users, or not one of its form'],
  ] as const)
    it(`that is ${what} is refused, and nothing of it is repeated`, () => assertRefused(text, sentence))
})

describe('the first line of an export', () => {
  it('tells the version of the form', () => {
    assert.equal(headerLine(), '{"format":"latchkey-export","version":1}')
    assert.equal(readHeader(line(headerLine())), 1)
    assert.equal(readHeader(line('{"format":"latchkey-export","version":2}')), 2)
  })

  for (const text of [
    '',
    '{}',
    'null',
    '{"format":"other","version":1}',
    '{"format":"latchkey-export"}',
    'x',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(readHeader(line(text)), null))
})
