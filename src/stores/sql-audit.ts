import type { Kysely } from 'kysely'
import type { AuditStore } from '../audit/audit-store.ts'
import type { AuditEvent } from '../audit/event.ts'
import { inSlices } from './slices.ts'
import type { Tables } from './tables.ts'

// Of one statement: engines allow only so many values in it.
const MOST_ROWS = 500
const PAGE = 1000
const PURGED_AT_ONCE = 1000

/** Of an entry as the domain knows it. */
export const AUDIT_COLUMNS = ['at', 'event', 'user_id as userId', 'sid', 'address', 'reason'] as const

export function createSqlAudit(db: Kysely<Tables>): AuditStore {
  return {
    async insert(entries) {
      const rows = entries.map(({ userId, ...entry }) => ({ ...entry, user_id: userId }))
      for (let at = 0; at < rows.length; at += MOST_ROWS)
        await db
          .insertInto('audit')
          .values(rows.slice(at, at + MOST_ROWS))
          .execute()
    },

    async list({ userId, only, without = [], limit }) {
      const rows = await db
        .selectFrom('audit')
        .select(AUDIT_COLUMNS)
        .$if(userId !== undefined, (query) => query.where('user_id', '=', userId as string))
        .$if(only !== undefined, (query) => query.where('event', '=', only as AuditEvent))
        .$if(without.length > 0, (query) => query.where('event', 'not in', without))
        .orderBy('seq', 'desc')
        .$if(limit !== undefined, (query) => query.limit(limit as number))
        .execute()
      // Plain objects: the engine's rows have no prototype.
      return rows.map((row) => ({ ...row }))
    },

    async *pages() {
      for (let last = 0; ; ) {
        const rows = await db
          .selectFrom('audit')
          .select([...AUDIT_COLUMNS, 'seq'])
          .where('seq', '>', last)
          .orderBy('seq')
          .limit(PAGE)
          .execute()
        if (rows.length > 0) yield rows.map(({ seq: _, ...entry }) => entry)
        if (rows.length < PAGE) return
        last = rows.at(-1)?.seq ?? last
      }
    },

    async purge(before) {
      await inSlices(PURGED_AT_ONCE, async () => {
        const { numDeletedRows } = await db
          .deleteFrom('audit')
          .where('seq', 'in', (eb) =>
            eb.selectFrom('audit').select('seq').where('at', '<', before).orderBy('at').limit(PURGED_AT_ONCE),
          )
          .executeTakeFirstOrThrow()
        return Number(numDeletedRows)
      })
    },
  }
}
