import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import {
  type Dialect,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import { PatientSqliteDriver } from './sqlite-driver.ts'
import { StoreUnavailable } from './store-unavailable.ts'
import type { Tables } from './tables.ts'

const OPEN_MILLISECONDS = 5000

/** Opens (and makes, 0600) the database file, or a new one in memory for `:memory:`. */
export function openSqlite(path: string): Kysely<Tables> {
  if (path !== ':memory:') makePrivate(path)
  return new Kysely({ dialect: dialectOf(forKysely(openDatabase(path))) })
}

/** Opens a database file that is there to look at it: neither the file nor anything beside it is changed or made. */
export function openSqliteToRead(path: string): Kysely<Tables> {
  const url = pathToFileURL(path)
  // Nobody has it open then, and whoever reads a file in WAL mode would otherwise make the files of that mode beside it.
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
  try {
    return new Kysely({ dialect: dialectOf(forKysely(new DatabaseSync(url, { readOnly: true }))) })
  } catch (cause) {
    throw new StoreUnavailable('the database cannot be opened', { cause })
  }
}

/** What is acknowledged from now on is on the disk, also after a power cut. For new tables that need not be waited for. */
export async function makeDurable(db: Kysely<Tables>): Promise<void> {
  await sql`pragma synchronous = full`.execute(db)
}

/** SQLite gives its -wal and -shm files the mode of the database file, so that one decides for all. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: OPEN_MILLISECONDS })
    database.exec('pragma journal_mode = wal; pragma synchronous = normal')
    // From here on the driver waits, not SQLite.
    database.exec('pragma busy_timeout = 0')
    return database
  } catch (cause) {
    throw new StoreUnavailable('the database cannot be opened', { cause })
  }
}

/** node:sqlite in the shape of better-sqlite3, which is what Kysely asks for. */
function forKysely(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      // A transaction that reads first and then writes fails when another process wrote between: it takes its lock first.
      const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql)
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      }
    },
  }
}

const dialectOf = (database: SqliteDatabase): Dialect => ({
  createAdapter: () => new TransactionalSqliteAdapter(),
  createDriver: () => new PatientSqliteDriver({ database }),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})

/** SQLite can migrate inside a transaction, and `begin immediate` lets one process at a time do it. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
