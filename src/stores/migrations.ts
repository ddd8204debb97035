import { type Kysely, type Migration, Migrator, sql, type TableMetadata } from 'kysely'
import { newSecret } from '../lib/ids.ts'
import { SQLITE_WORDS, type SqlWords } from './sql-words.ts'
import type { Tables } from './tables.ts'

/** Forward only: a change to the tables is a new entry at the end, never an edit of one that was released. */
export const migrationsIn = ({
  text,
  integer,
  countedKey,
  strict,
  only,
}: SqlWords): Record<string, Migration> => ({
  '001_cookie_session': {
    async up(db) {
      await sql`create table users (
        id ${text} primary key,
        username ${text} not null,
        username_key ${text} not null unique,
        email ${text},
        phone ${text},
        name ${text},
        role ${text} not null check (role in ('user', 'admin')),
        status ${text} not null check (status in ('active', 'disabled')),
        password_hash ${text} not null,
        revision ${integer} not null,
        created_at ${integer} not null
      )${strict}`.execute(db)
      await sql`create table setup_code (
        ${only} ${integer} primary key check (${only} = 1),
        hash ${text} not null
      )${strict}`.execute(db)
      await sql`create table sessions (
        sid ${text} primary key,
        user_id ${text} not null,
        user_revision ${integer} not null,
        device ${text} not null,
        address ${text} not null,
        started_at ${integer} not null,
        last_seen_at ${integer} not null,
        expires_at ${integer} not null,
        ends_at ${integer} not null,
        ended_at ${integer},
        end_reason ${text}
      )${strict}`.execute(db)
      await sql`create index sessions_by_user on sessions (user_id)`.execute(db)
      await sql`create index sessions_by_expiry on sessions (expires_at)`.execute(db)
      // The revocation log is read from here: the sessions that were ended, by when.
      await sql`create index sessions_by_end on sessions (ended_at) where ended_at is not null`.execute(db)
    },
  },
  '002_refresh_tokens_and_audit': {
    async up(db) {
      await sql`alter table sessions add column carrier ${text} not null default 'cookie'
        check (carrier in ('cookie', 'bearer'))`.execute(db)
      // Of the refresh token. All are null for a session that has none, the hashes are SHA-256.
      await sql`alter table sessions add column refresh_salt ${text}`.execute(db)
      await sql`alter table sessions add column refresh_rotation ${integer}`.execute(db)
      await sql`alter table sessions add column refresh_hash ${text}`.execute(db)
      await sql`alter table sessions add column refresh_previous_hash ${text}`.execute(db)
      await sql`alter table sessions add column refresh_rotated_at ${integer}`.execute(db)
      await sql`create table audit (
        seq ${countedKey},
        at ${integer} not null,
        event ${text} not null,
        user_id ${text},
        sid ${text},
        address ${text},
        reason ${text}
      )${strict}`.execute(db)
      await sql`create index audit_by_time on audit (at)`.execute(db)
      await sql`create index audit_by_user on audit (user_id, seq)`.execute(db)
    },
  },
  '003_epoch': {
    async up(db) {
      await sql`create table epoch (
        ${only} ${integer} primary key check (${only} = 1),
        id ${text} not null,
        at ${integer} not null
      )${strict}`.execute(db)
      // Sessions of before have lost nothing: an epoch that begins now would sign everybody out.
      await sql`insert into epoch select 1, ${newSecret()}, 0 where exists (select 1 from sessions)`.execute(
        db,
      )
    },
  },
  '004_live_sessions': {
    async up(db) {
      // All that counting them asks for, so that no row is read: a hundred thousand rows would stop the process for a second.
      await sql`create index sessions_live on sessions (expires_at, ends_at) where ended_at is null`.execute(
        db,
      )
    },
  },
  '005_nodes': {
    async up(db) {
      await sql`create table nodes (
        id ${text} primary key,
        name ${text} not null,
        version ${text} not null,
        public_url ${text} not null,
        secret_print ${text} not null,
        kids ${text} not null,
        signing_kid ${text},
        started_at ${integer} not null,
        seen_at ${integer} not null,
        stored_at ${integer} not null
      )${strict}`.execute(db)
    },
  },
  '006_marks': {
    async up(db) {
      await sql`create table marks (id ${text} primary key, at ${integer} not null)${strict}`.execute(db)
      await sql`create index marks_by_time on marks (at)`.execute(db)
    },
  },
  '007_sessions_of_a_user_in_order': {
    async up(db) {
      // In the order in which they are ended, slice by slice, so that each slice reads its own rows alone.
      await sql`create index sessions_by_user_and_sid on sessions (user_id, sid)`.execute(db)
      await sql`drop index sessions_by_user`.execute(db)
    },
  },
})

/** What a database lacks of the migrations there are, and what it has that this version of the program does not know. */
export interface MigrationsLeft {
  missing: string[]
  unknown: string[]
}

/** Compares a database that has had migrations with those there are, and changes nothing. `schema` is where they are. */
export async function compareMigrations(db: Kysely<Tables>, schema?: string): Promise<MigrationsLeft> {
  const table = schema === undefined ? sql.id('kysely_migration') : sql.id(schema, 'kysely_migration')
  const { rows } = await sql<{ name: string }>`select name from ${table}`.execute(db)
  const had = new Set(rows.map(({ name }) => name))
  const known = new Set(Object.keys(migrationsIn(SQLITE_WORDS)))
  return { missing: [...known.difference(had)], unknown: [...had.difference(known)] }
}

/**
 * Brings the tables up to date, one process at a time: the others wait at a lock. Throws when that fails, or when they are
 * of a newer version of the program. `schema` is where they are, for an engine that has several.
 */
export async function migrate(db: Kysely<Tables>, words: SqlWords, schema?: string): Promise<void> {
  // Without the lock, for which a node that has nothing to do would wait behind one that hangs. Migrations are seen all or none.
  if (await isUpToDate(db, schema)) return
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrationsIn(words) },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

async function isUpToDate(db: Kysely<Tables>, schema?: string): Promise<boolean> {
  // Looked for first: Postgres takes a question about a table that is not there for an error, and the connection is closed.
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const isOurs = (table: TableMetadata) =>
    table.name === 'kysely_migration' && (schema === undefined || table.schema === schema)
  if (!tables.some(isOurs)) return false
  const { missing, unknown } = await compareMigrations(db, schema)
  return missing.length + unknown.length === 0
}
