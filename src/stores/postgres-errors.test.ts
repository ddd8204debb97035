import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseError } from 'pg'
import { explained } from './postgres-errors.ts'
import { StoreConflict, StoreUnavailable } from './store-unavailable.ts'

function saidByPostgres(code: string): DatabaseError {
  const error = new DatabaseError('no', 2, 'error')
  return Object.assign(error, {
    code,
    detail: 'Failing row contains (user1, $argon2id$).',
    where: '$argon2id$',
  })
}

describe('an error of Postgres', () => {
  for (const [code, what] of [
    ['08006', 'connection failure'],
    ['53100', 'disk full'],
    ['53200', 'out of memory'],
    ['53300', 'too many connections'],
    ['57014', 'statement took too long'],
    ['57P01', 'admin shutdown'],
    ['57P02', 'crash shutdown'],
    ['57P03', 'starting up'],
    ['58030', 'input or output error'],
    ['XX001', 'data corrupted'],
    ['25006', 'read-only'],
    ['25P03', 'idle in a transaction'],
    ['28P01', 'wrong password'],
    ['28000', 'not allowed in'],
    ['3D000', 'no such database'],
    ['42501', 'no right to'],
    ['42P01', 'no such table'],
    ['55P03', 'locked'],
  ])
    it(`means that the store does not answer: ${code}, ${what}`, () => {
      const error = explained(saidByPostgres(code ?? ''))
      assert.ok(error instanceof StoreUnavailable && !(error instanceof StoreConflict))
      assert.equal((error.cause as DatabaseError).code, code)
    })

  for (const code of ['40001', '40P01'])
    it(`means that it can be done again: ${code}`, () => {
      assert.ok(explained(saidByPostgres(code)) instanceof StoreConflict)
    })

  for (const [code, what] of [
    ['22021', 'not a text it can keep'],
    ['22P02', 'not a number'],
    ['23505', 'unique'],
    ['23502', 'not null'],
    ['23514', 'check'],
    ['25P02', 'transaction already failed'],
    ['42601', 'syntax'],
    ['42703', 'no such column'],
    ['', 'none'],
  ])
    it(`is a bug of ours, and stays what it is: ${code}, ${what}`, () => {
      const error = saidByPostgres(code ?? '')
      assert.equal(explained(error), error)
    })

  it('tells nothing of a row, which may hold the hash of a password', () => {
    const error = explained(saidByPostgres('23514'))
    assert.doesNotMatch(JSON.stringify(error), /argon2id/)
  })
})

describe('an error on the way to Postgres', () => {
  for (const error of [
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    Object.assign(new Error('getaddrinfo ENOTFOUND db.example.test'), { code: 'ENOTFOUND' }),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Query read timeout'),
  ])
    it(`means that the store does not answer: ${error.message}`, () => {
      const told = explained(error)
      assert.ok(told instanceof StoreUnavailable)
      assert.equal(told.cause, error)
    })

  it('says what was wrong with the first of several addresses that were tried', () => {
    const refused = new Error('connect ECONNREFUSED ::1:5432')
    const told = explained(new AggregateError([refused, new Error('and 127.0.0.1')]))
    assert.equal((told as StoreUnavailable).cause, refused)
  })

  it('is a bug when it is a TypeError', () => {
    const error = new TypeError('x is not a function')
    assert.equal(explained(error), error)
  })
})
