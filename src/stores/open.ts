import { join } from 'node:path'
import { sql } from 'kysely'
import type { UserStore } from '../accounts/user-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import type { Config } from '../config.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { migrate } from './migrations.ts'
import { createSqlAudit } from './sql-audit.ts'
import { createSqlSessions } from './sql-sessions.ts'
import { createSqlUsers } from './sql-users.ts'
import { makeDurable, openSqlite } from './sqlite.ts'

export interface Stores {
  users: UserStore
  sessions: SessionStore
  audit: AuditStore
  /** Throws when a store does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Opens the stores a Config asks for, their tables brought up to date. */
export async function openStores({ dataDir }: Pick<Config, 'dataDir'>): Promise<Stores> {
  const db = openSqlite(dataDir === null ? ':memory:' : join(dataDir, 'latchkey.db'))
  await migrate(db)
  await makeDurable(db)
  return {
    users: createSqlUsers(db),
    sessions: createSqlSessions(db),
    audit: createSqlAudit(db),
    async ping() {
      await sql`select 1 from users limit 1`.execute(db)
    },
    close: () => db.destroy(),
  }
}
