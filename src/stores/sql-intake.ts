import type { Kysely, Transaction } from 'kysely'
import type { AuditEntry } from '../audit/event.ts'
import type { TakeIn } from '../transfer/intake.ts'
import { AUDIT_COLUMNS, createSqlAudit } from './sql-audit.ts'
import { createSqlUsers } from './sql-users.ts'
import type { Tables } from './tables.ts'

export const createSqlIntake =
  (db: Kysely<Tables>): TakeIn =>
  (work) =>
    // Not `inTransaction`, which may do it again: what is read from an input is read once.
    db.transaction().execute(async (transaction) => {
      const audit = createSqlAudit(transaction)
      const lastBefore = await lastSeq(transaction)
      return work({
        users: createSqlUsers(transaction),
        async addEntries(entries, { unlessThere }) {
          if (entries.length === 0) return 0
          const known = unlessThere ? await keysBetween(transaction, entries, lastBefore) : new Set()
          const added = entries.filter((entry) => !known.has(keyOf(entry)))
          await audit.insert(added)
          return added.length
        },
      })
    })

async function lastSeq(transaction: Transaction<Tables>): Promise<number> {
  const row = await transaction
    .selectFrom('audit')
    .select((eb) => eb.fn.max('seq').as('last'))
    .executeTakeFirst()
  return row?.last ?? 0
}

/** What the log had in the time of these entries, up to a place in it: two that are equal may both be taken in. */
async function keysBetween(
  transaction: Transaction<Tables>,
  entries: AuditEntry[],
  lastBefore: number,
): Promise<Set<string>> {
  const times = entries.map(({ at }) => at)
  const rows = await transaction
    .selectFrom('audit')
    .select(AUDIT_COLUMNS)
    .where('at', '>=', Math.min(...times))
    .where('at', '<=', Math.max(...times))
    .where('seq', '<=', lastBefore)
    .execute()
  return new Set(rows.map(keyOf))
}

const keyOf = ({ at, event, userId, sid, address, reason }: AuditEntry): string =>
  JSON.stringify([at, event, userId, sid, address, reason])
