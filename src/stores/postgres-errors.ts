import { DatabaseError } from 'pg'
import { StoreConflict, StoreUnavailable } from './store-unavailable.ts'

// SQLSTATEs, and classes of them (postgresql.org/docs/current/errcodes-appendix.html).
const CONFLICT = ['40001', '40P01'] // serialization failure, deadlock
const CLASSES_OF_TROUBLE = [
  ...['08', '53', '57', '58', 'XX'], // connection, resources, operator intervention, system, internal
  ...['28', '3D', '3F'], // who we are, which database and schema: the operator changes these
]
const TROUBLE = [
  '25006', // read-only: a standby, or a disk that is nearly full
  '25P03', // we were in a transaction for too long
  '42501', // a right was taken away, or never given
  '42P01', // a table is not there: a backup is being put back
  '55P03', // a lock was not to be had
]

/**
 * What is thrown in the place of an error of pg: StoreConflict, StoreUnavailable, or, for a bug of ours, the same error. It
 * has lost what it says of a row: that may be a password's hash, and errors are logged.
 */
export function explained(error: unknown): unknown {
  if (error instanceof TypeError) return error
  if (!(error instanceof DatabaseError)) return unavailable(error)
  error.detail = undefined
  error.where = undefined
  const { code = '' } = error
  if (CONFLICT.includes(code))
    return new StoreConflict('changes in the database were in each other’s way', { cause: error })
  return TROUBLE.includes(code) || CLASSES_OF_TROUBLE.includes(code.slice(0, 2)) ? unavailable(error) : error
}

/** Of a name with several addresses every one was tried, and the error that holds them all says nothing itself. */
const unavailable = (error: unknown) =>
  new StoreUnavailable('the database does not answer', {
    cause: error instanceof AggregateError ? error.errors[0] : error,
  })
