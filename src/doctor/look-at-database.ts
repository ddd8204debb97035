import { existsSync } from 'node:fs'
import { open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Clock } from '../lib/clock.ts'
import type { SeenNode } from '../nodes/node.ts'
import { compareMigrations, type MigrationsLeft } from '../stores/migrations.ts'
import { createSqlNodes } from '../stores/sql-nodes.ts'
import { POSTGRES_WORDS, SQLITE_WORDS, type SqlWords } from '../stores/sql-words.ts'
import { openSqliteToRead } from '../stores/sqlite.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import type { Tables } from '../stores/tables.ts'
import { answerTime } from './answer-time.ts'

/** What is told of one engine and not of the other. */
export type Engine =
  | { name: 'SQLite'; isWal: boolean; fileSystem: number }
  | { name: 'Postgres'; version: string; mostConnections: number; isReadOnly: boolean }

export type Database =
  | { kind: 'absent'; path: string }
  | { kind: 'silent'; why: string }
  /** It answers, and no start has made its tables yet. */
  | { kind: 'empty'; engine: Engine }
  | {
      kind: 'there'
      engine: Engine
      answerMilliseconds: number
      migrations: MigrationsLeft
      /** How far this machine's clock is ahead of the database's, in seconds. */
      aheadSeconds: number
      nodes: SeenNode[]
    }

// Where SQLite says in its file that it is in WAL mode (sqlite.org/fileformat.html 1.3.3).
const WRITE_VERSION_AT = 18
const WAL = 2

/** Looks at the users' database, and changes nothing: no table is made, no mode is set. */
export async function lookAtDatabase(
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  clock: Clock,
): Promise<Database> {
  try {
    if (databaseUrl !== null) {
      // Loaded only here: who does not use it need not wait for it.
      const { openPostgres } = await import('../stores/postgres.ts')
      return await look(openPostgres(databaseUrl), POSTGRES_WORDS, clock, lookAtPostgres)
    }
    const path = join(dataDir ?? '', 'latchkey.db')
    if (!existsSync(path)) return { kind: 'absent', path }
    return await look(openSqliteToRead(path), SQLITE_WORDS, clock, () => lookAtFile(path))
  } catch (error) {
    return { kind: 'silent', why: reasonOf(error) }
  }
}

async function look(
  db: Kysely<Tables>,
  words: SqlWords,
  clock: Clock,
  lookAtEngine: (db: Kysely<Tables>) => Promise<Engine>,
): Promise<Database> {
  try {
    const engine = await lookAtEngine(db)
    const answerMilliseconds = await answerTime(() => sql`select 1`.execute(db))
    const { rows } = await sql<{ now: number }>`select ${words.now} as now`.execute(db)
    const aheadSeconds = clock.now() - Number(rows[0]?.now)
    const migrations = await compareMigrations(db).catch(nullWithoutTable)
    if (!migrations) return { kind: 'empty', engine }
    const nodes = (await createSqlNodes(db, words).list().catch(nullWithoutTable)) ?? []
    return { kind: 'there', engine, answerMilliseconds, migrations, aheadSeconds, nodes }
  } finally {
    await db.destroy()
  }
}

async function lookAtPostgres(db: Kysely<Tables>): Promise<Engine> {
  const { rows } = await sql<{ version: string; most: string; read_only: string }>`select
    current_setting('server_version') as version, current_setting('max_connections') as most,
    current_setting('transaction_read_only') as read_only`.execute(db)
  const [{ version, most, read_only } = { version: '', most: '', read_only: '' }] = rows
  return { name: 'Postgres', version, mostConnections: Number(most), isReadOnly: read_only === 'on' }
}

async function lookAtFile(path: string): Promise<Engine> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, WRITE_VERSION_AT)
  return { name: 'SQLite', isWal: buffer[0] === WAL, fileSystem: (await statfs(path)).type }
}

/** A table that is not there is said so by either engine in its own way. */
function nullWithoutTable(error: unknown): null {
  const { code, message } = ((error as Error).cause ?? {}) as { code?: string; message?: string }
  if (code === '42P01' || message?.startsWith('no such table')) return null
  throw error
}

/** Without the URL, which holds a password: drivers name a host, a port and a user at most. */
function reasonOf(error: unknown): string {
  const said = error instanceof StoreUnavailable ? error.cause : error
  return (said as Error).message
}
