import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import type { UserStore } from '../accounts/user-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import type { Config } from '../config.ts'
import type { NodeStore } from '../nodes/node.ts'
import type { Keeping } from '../sessions/kept.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { TakeIn } from '../transfer/intake.ts'
import { migrate } from './migrations.ts'
import type { OpenedRedis } from './redis.ts'
import { createSqlAudit } from './sql-audit.ts'
import { createSqlIntake } from './sql-intake.ts'
import { createSqlNodes } from './sql-nodes.ts'
import { createSqlSessions } from './sql-sessions.ts'
import { createSqlUsers } from './sql-users.ts'
import { POSTGRES_WORDS, SQLITE_WORDS, type SqlWords } from './sql-words.ts'
import { makeDurable, openSqlite } from './sqlite.ts'
import type { Tables } from './tables.ts'

export interface Stores {
  users: UserStore
  sessions: SessionStore
  audit: AuditStore
  nodes: NodeStore
  takeIn: TakeIn
  /** Throws when a store does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Where a Config says that things are kept. */
export type StoreSettings = Pick<Config, 'dataDir'> &
  Partial<Pick<Config, 'databaseUrl'>> &
  ({ redisUrl?: null } | (Pick<Config, 'redisUrl'> & Keeping))

/** What the operator is told when `openStores` waits for another node. */
export const WAITING = 'another node is bringing the database up to date: waiting until it is done'

/** Opens the stores a Config asks for, their tables brought up to date. `onWaiting` is told when another node is long at that. */
export async function openStores(settings: StoreSettings, onWaiting?: () => void): Promise<Stores> {
  const { db, words } = await openSql(settings, onWaiting)
  const redis = await openRedisIfAsked(settings).catch(async (error) => {
    await db.destroy()
    throw error
  })
  return {
    users: createSqlUsers(db),
    sessions: redis?.sessions ?? createSqlSessions(db, words),
    audit: createSqlAudit(db),
    nodes: createSqlNodes(db, words),
    takeIn: createSqlIntake(db),
    async ping() {
      // Writes nothing, and is refused where nothing can be written: by a standby, or on a disk that may only be read.
      const write = sql`update users set revision = revision where 1 = 0`
      await Promise.all([write.execute(db), redis?.ping()])
    },
    async close() {
      await Promise.all([db.destroy(), redis?.close()])
    },
  }
}

async function openRedisIfAsked(settings: StoreSettings): Promise<OpenedRedis | null> {
  if (!settings.redisUrl) return null
  // Loaded only here: who does not use it need not wait for it.
  const { openRedis } = await import('./redis.ts')
  return openRedis(settings.redisUrl, settings)
}

async function openSql(
  { dataDir, databaseUrl = null }: StoreSettings,
  onWaiting?: () => void,
): Promise<{ db: Kysely<Tables>; words: SqlWords }> {
  if (databaseUrl !== null) {
    // Loaded only here: who does not use it need not wait for it.
    const { migratePostgres, openPostgres } = await import('./postgres.ts')
    await migratePostgres(databaseUrl, onWaiting)
    return { db: openPostgres(databaseUrl), words: POSTGRES_WORDS }
  }
  const db = openSqlite(dataDir === null ? ':memory:' : join(dataDir, 'latchkey.db'))
  await migrate(db, SQLITE_WORDS)
  await makeDurable(db)
  return { db, words: SQLITE_WORDS }
}
