import type { Kysely, Transaction } from 'kysely'
import { StoreConflict } from './store-unavailable.ts'
import type { Tables } from './tables.ts'

const ATTEMPTS = 5

/** Does several statements as one change. It is done again from the start when the engine undid it for another's sake. */
export async function inTransaction<T>(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  // Part of a greater one: whoever began that sees to it.
  if (db.isTransaction) return work(db as Transaction<Tables>)
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (!(error instanceof StoreConflict) || attempt === ATTEMPTS) throw error
    }
  }
}
