import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import { Pool, type PoolConfig, types } from 'pg'
import { migrate } from './migrations.ts'
import { forKysely } from './postgres-client.ts'
import { MigratingPostgresDialect } from './postgres-migrating.ts'
import { POSTGRES_WORDS } from './sql-words.ts'
import type { Tables } from './tables.ts'

// Of one node. Postgres has 100 for all unless it is told otherwise.
const MOST_CONNECTIONS = 10
const CONNECT_MILLISECONDS = 3000
const STATEMENT_MILLISECONDS = 5000
// Longer, so that it is Postgres who ends a slow statement while it still answers, and not the statement that goes on alone.
const ANSWER_MILLISECONDS = 7000
const IN_TRANSACTION_MILLISECONDS = 10_000
const MIGRATION_SILENT_MILLISECONDS = 60_000
const IDLE_MILLISECONDS = 60_000
// Of silence on a connection, until the one at its other end is asked whether it is still there.
const KEEPALIVE_SECONDS = 10

const BIGINT = 20

// Said once a connection stands: those that come with the request for one, a PgBouncer refuses.
const LIMITS = {
  statement_timeout: STATEMENT_MILLISECONDS,
  idle_in_transaction_session_timeout: IN_TRANSACTION_MILLISECONDS,
}
// A migration may take long, but a node that hangs in one must not keep all others from starting: Postgres lets go of its
// lock when it is silent in the middle, or when its machine is gone.
const MIGRATING_LIMITS = {
  idle_in_transaction_session_timeout: MIGRATION_SILENT_MILLISECONDS,
  tcp_keepalives_idle: KEEPALIVE_SECONDS,
  tcp_keepalives_interval: KEEPALIVE_SECONDS,
  tcp_keepalives_count: 3,
}

/** Opens a Postgres whose tables are up to date. Nothing is asked of it yet. */
export function openPostgres(url: string): Kysely<Tables> {
  const pool = poolOf(url, LIMITS, { max: MOST_CONNECTIONS, query_timeout: ANSWER_MILLISECONDS })
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}

/** Brings its tables up to date. This may take its time; `onWaiting` is told when another node is at it for 3 seconds. */
export async function migratePostgres(url: string, onWaiting: () => void = () => {}): Promise<void> {
  const pool = poolOf(url, MIGRATING_LIMITS, { max: 1 })
  const db = new Kysely<Tables>({ dialect: new MigratingPostgresDialect({ pool }, onWaiting) })
  try {
    // Where the tables are made: of the same name there may be others, of another program.
    const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db)
    await migrate(db, POSTGRES_WORDS, rows[0]?.schema ?? undefined)
  } finally {
    await db.destroy()
  }
}

function poolOf(url: string, limits: Record<string, number>, config: PoolConfig): PostgresPool {
  const sets = Object.entries(limits).map(([name, value]) => `set ${name} = ${value}`)
  const first = { text: sets.join('; '), query_timeout: CONNECT_MILLISECONDS }
  const pool = new Pool({
    connectionString: url,
    application_name: 'latchkey',
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_SECONDS * 1000,
    // A connection on which this fails is closed, and whoever asked for it is told.
    onConnect: (client) => client.query(first),
    // An idle connection keeps no process alive.
    allowExitOnIdle: true,
    // Instants, and counts: far below what a number holds exactly.
    types: { getTypeParser: (oid, format) => (oid === BIGINT ? Number : types.getTypeParser(oid, format)) },
    ...config,
  })
  // One that breaks leaves the pool by itself. Heard or not, it is no reason to end the process, idle or lent out.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return forKysely(pool)
}
