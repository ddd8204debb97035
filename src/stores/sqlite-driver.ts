import { setTimeout as pause } from 'node:timers/promises'
import { type CompiledQuery, type DatabaseConnection, type QueryResult, SqliteDriver } from 'kysely'
import { StoreUnavailable } from './store-unavailable.ts'

const RETRY_MILLISECONDS = 20
// Whoever comes after waits for it too, for there is one connection.
const GIVE_UP_MILLISECONDS = 2000

// Primary result codes of SQLite (sqlite.org/rescode.html).
const BUSY = 5
const BUGS = [19, 20, 21, 25] // constraint, mismatch, misuse, range

/** Waits while another process writes, and lets this one go on: SQLite's own waiting would stop every request. */
export class PatientSqliteDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    return new PatientConnection(await super.acquireConnection())
  }
}

class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection

  constructor(connection: DatabaseConnection) {
    this.#connection = connection
  }

  /** Throws StoreUnavailable, but for a bug of ours. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let waited = 0; ; waited += RETRY_MILLISECONDS) {
      try {
        return await this.#connection.executeQuery<R>(query)
      } catch (error) {
        if (resultCode(error) !== BUSY || waited >= GIVE_UP_MILLISECONDS) throw explained(error)
      }
      await pause(RETRY_MILLISECONDS)
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize)
  }
}

const explained = (cause: unknown): unknown =>
  BUGS.includes(resultCode(cause)) ? cause : new StoreUnavailable('the database does not answer', { cause })

/** The primary code, which is the lowest byte of the extended one; NaN for an error that is not SQLite's. */
const resultCode = (error: unknown): number => {
  const { errcode } = error as { errcode?: number }
  return errcode === undefined ? Number.NaN : errcode & 0xff
}
