import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool, type PoolConfig, types } from 'pg'
import { migrate } from './migrations.ts'
import { forKysely } from './postgres-client.ts'
import { POSTGRES_WORDS } from './sql-words.ts'
import type { Tables } from './tables.ts'

// Of one node. Postgres has 100 for all unless it is told otherwise.
const MOST_CONNECTIONS = 10
const CONNECT_MILLISECONDS = 3000
const STATEMENT_MILLISECONDS = 5000
// Longer, so that it is Postgres who ends a slow statement while it still answers, and not the statement that goes on alone.
const ANSWER_MILLISECONDS = 7000
const IN_TRANSACTION_MILLISECONDS = 10_000
const IDLE_MILLISECONDS = 60_000

const BIGINT = 20

const LIMITS: PoolConfig = {
  max: MOST_CONNECTIONS,
  statement_timeout: STATEMENT_MILLISECONDS,
  query_timeout: ANSWER_MILLISECONDS,
  idle_in_transaction_session_timeout: IN_TRANSACTION_MILLISECONDS,
}

/** Opens a Postgres whose tables are up to date. Nothing is asked of it yet. */
export const openPostgres = (url: string): Kysely<Tables> => connectTo(url, LIMITS)

/** Brings its tables up to date. This may take its time, and it may wait for another node that does it. */
export async function migratePostgres(url: string): Promise<void> {
  const db = connectTo(url, { max: 1 })
  try {
    // Where the tables are made: of the same name there may be others, of another program.
    const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db)
    await migrate(db, POSTGRES_WORDS, rows[0]?.schema ?? undefined)
  } finally {
    await db.destroy()
  }
}

function connectTo(url: string, limits: PoolConfig): Kysely<Tables> {
  const pool = new Pool({
    connectionString: url,
    application_name: 'latchkey',
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    keepAlive: true,
    // An idle connection keeps no process alive.
    allowExitOnIdle: true,
    // Instants, and counts: far below what a number holds exactly.
    types: { getTypeParser: (oid, format) => (oid === BIGINT ? Number : types.getTypeParser(oid, format)) },
    ...limits,
  })
  // One that breaks leaves the pool by itself. Heard or not, it is no reason to end the process, idle or lent out.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely({ dialect: new PostgresDialect({ pool: forKysely(pool) }) })
}
