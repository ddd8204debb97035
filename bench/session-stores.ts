import { sql } from 'kysely'
import type { SessionStore } from '../src/sessions/session-store.ts'
import { migrate } from '../src/stores/migrations.ts'
import { migratePostgres, openPostgres } from '../src/stores/postgres.ts'
import { openRedis } from '../src/stores/redis.ts'
import { createSqlSessions } from '../src/stores/sql-sessions.ts'
import { POSTGRES_WORDS, SQLITE_WORDS } from '../src/stores/sql-words.ts'
import { openSqlite } from '../src/stores/sqlite.ts'

/** The engines of sessions, in this process and by themselves. Nothing waits for the disk, which would hide what else costs time. */
export interface OpenedSessions {
  store: SessionStore
  /** Once it is filled: what the engine would do by itself some time later. */
  settle(): Promise<void>
  close(): Promise<void>
}

export const KEEPING = { auditKeepSeconds: 90 * 86_400, longestTokenLifeSeconds: 900 }

const nothing = async () => {}

export async function openSqliteSessions(path: string): Promise<OpenedSessions> {
  const db = openSqlite(path)
  await migrate(db, SQLITE_WORDS)
  return { store: createSqlSessions(db, SQLITE_WORDS), settle: nothing, close: () => db.destroy() }
}

/** Of a Postgres with its own settings: that of the tests has a memory that 100,000 sessions do not fit in. */
export async function openPostgresSessions(database: string): Promise<OpenedSessions> {
  const own = new URL(database)
  own.searchParams.set('options', '-csynchronous_commit=off')
  const url = own.href
  await migratePostgres(url)
  const db = openPostgres(url)
  return {
    store: createSqlSessions(db, POSTGRES_WORDS),
    async settle() {
      await sql`vacuum analyze`.execute(db)
    },
    close: () => db.destroy(),
  }
}

export async function openRedisSessions(url: string): Promise<OpenedSessions> {
  const { sessions, close } = await openRedis(url, KEEPING)
  return { store: sessions, settle: nothing, close }
}
