import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely'
import { StoreUnavailable } from './store-unavailable.ts'
import type { Tables } from './tables.ts'

// How long a write waits for another process; by default it would fail at once.
const BUSY_MILLISECONDS = 5000

/** Opens (and makes, 0600) the database file, or a new one in memory for `:memory:`. */
export function openSqlite(path: string): Kysely<Tables> {
  if (path !== ':memory:') makePrivate(path)
  const database = orUnavailable(() => {
    const opened = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS })
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    return opened
  })
  return new Kysely({ dialect: new LatchkeySqliteDialect({ database: forKysely(database) }) })
}

/** SQLite gives its -wal and -shm files the mode of the database file, so that one decides for all. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** node:sqlite in the shape of better-sqlite3, which is what Kysely asks for. */
function forKysely(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      // A transaction that reads first and then writes fails when another process wrote between: it takes its lock first.
      const statement = orUnavailable(() => database.prepare(sql === 'begin' ? 'begin immediate' : sql))
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => orUnavailable(() => statement.all(...values(parameters))),
        run: (parameters) => orUnavailable(() => statement.run(...values(parameters))),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      }
    },
  }
}

function orUnavailable<T>(ask: () => T): T {
  try {
    return ask()
  } catch (cause) {
    throw new StoreUnavailable('the database does not answer', { cause })
  }
}

class LatchkeySqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }
}

/** SQLite can migrate inside a transaction, and `begin immediate` lets one process at a time do it. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
