import { type RawBuilder, sql } from 'kysely'

/** What the SQL engines call by different names: the one place where they differ in what they are asked. */
export interface SqlWords {
  text: RawBuilder<unknown>
  /** 64 bits wide, for instants. */
  integer: RawBuilder<unknown>
  /** A key that the engine counts up by itself. */
  countedKey: RawBuilder<unknown>
  /** After the columns of a table. */
  strict: RawBuilder<unknown>
  /** The column of a table that has one row, which Postgres takes for a word of its own. */
  only: RawBuilder<unknown>
  /** The function that gives the greater of two numbers. */
  greatest: 'max' | 'greatest'
  /** The clock of the database, in whole epoch seconds. Of SQLite it is that of the machine. */
  now: RawBuilder<number>
}

export const SQLITE_WORDS: SqlWords = {
  text: sql.raw('text'),
  integer: sql.raw('integer'),
  countedKey: sql.raw('integer primary key'),
  strict: sql.raw(' strict'),
  only: sql.raw('only'),
  greatest: 'max',
  now: sql<number>`unixepoch()`,
}

export const POSTGRES_WORDS: SqlWords = {
  // Compared byte by byte, as SQLite does: a locale's order changes with the system's libraries, and breaks indexes then.
  text: sql.raw('text collate "C"'),
  integer: sql.raw('bigint'),
  countedKey: sql.raw('bigint generated always as identity primary key'),
  // It always is.
  strict: sql.raw(''),
  only: sql.raw('"only"'),
  greatest: 'greatest',
  // Of this moment: `now()` is when the transaction began.
  now: sql<number>`floor(extract(epoch from clock_timestamp()))::bigint`,
}
