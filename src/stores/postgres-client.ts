import { setTimeout as pause } from 'node:timers/promises'
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { explained } from './postgres-errors.ts'
import { StoreConflict, StoreUnavailable } from './store-unavailable.ts'

const ATTEMPTS = 5
const RETRY_MILLISECONDS = 20

/** pg's pool as Kysely asks for it: whatever means that the database does not answer is thrown as StoreUnavailable. */
export const forKysely = (pool: Pool): PostgresPool => ({
  async connect() {
    try {
      return new PatientClient(await pool.connect())
    } catch (error) {
      throw explained(error)
    }
  },
  end: () => pool.end(),
})

/**
 * Postgres keeps no NUL in a text, and takes one for an error. Whoever looks for a name with a NUL is to find nothing
 * instead: people type what they like. No text that is written has one, for each is judged or made by us before.
 */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\u{FFFD}') : value

/** A connection, for as long as it is lent out. */
class PatientClient implements PostgresPoolClient {
  readonly #client: PoolClient
  #isBroken = false
  #isInTransaction = false

  constructor(client: PoolClient) {
    this.#client = client
  }

  query(cursor: never): never
  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  async query<R>(sql: string, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    // Of a transaction all is done again, and not its last statement: whoever began it sees to that.
    if (sql === 'begin') this.#isInTransaction = true
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#client.query(sql, parameters.map(storable))) as unknown as PostgresQueryResult<R>
      } catch (cause) {
        const error = explained(cause)
        if (error instanceof StoreConflict) {
          if (this.#isInTransaction || attempt === ATTEMPTS) throw error
        } else {
          if (error instanceof StoreUnavailable) this.#isBroken = true
          throw error
        }
      }
      await pause(RETRY_MILLISECONDS)
    }
  }

  /** One that did not answer is closed: what it was asked may still be under way, and its answer would come to another. */
  release(): void {
    this.#client.release(this.#isBroken)
  }
}
