import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** Forward only: a change to the tables is a new entry at the end, never an edit of one that was released. */
const MIGRATIONS: Record<string, Migration> = {
  '001_cookie_session': {
    async up(db) {
      await sql`create table users (
        id text primary key,
        username text not null,
        username_key text not null unique,
        email text,
        phone text,
        name text,
        role text not null check (role in ('user', 'admin')),
        status text not null check (status in ('active', 'disabled')),
        password_hash text not null,
        revision integer not null,
        created_at integer not null
      ) strict`.execute(db)
      await sql`create table setup_code (
        only integer primary key check (only = 1),
        hash text not null
      ) strict`.execute(db)
      await sql`create table sessions (
        sid text primary key,
        user_id text not null,
        user_revision integer not null,
        device text not null,
        address text not null,
        started_at integer not null,
        last_seen_at integer not null,
        expires_at integer not null,
        ends_at integer not null,
        ended_at integer,
        end_reason text
      ) strict`.execute(db)
      await sql`create index sessions_by_user on sessions (user_id)`.execute(db)
      await sql`create index sessions_by_expiry on sessions (expires_at)`.execute(db)
      // The revocation log is read from here: the sessions that were ended, by when.
      await sql`create index sessions_by_end on sessions (ended_at) where ended_at is not null`.execute(db)
    },
  },
  '002_refresh_tokens_and_audit': {
    async up(db) {
      await sql`alter table sessions add column carrier text not null default 'cookie'
        check (carrier in ('cookie', 'bearer'))`.execute(db)
      // Of the refresh token. All are null for a session that has none, the hashes are SHA-256.
      await sql`alter table sessions add column refresh_salt text`.execute(db)
      await sql`alter table sessions add column refresh_rotation integer`.execute(db)
      await sql`alter table sessions add column refresh_hash text`.execute(db)
      await sql`alter table sessions add column refresh_previous_hash text`.execute(db)
      await sql`alter table sessions add column refresh_rotated_at integer`.execute(db)
      await sql`create table audit (
        seq integer primary key,
        at integer not null,
        event text not null,
        user_id text,
        sid text,
        address text,
        reason text
      ) strict`.execute(db)
      await sql`create index audit_by_time on audit (at)`.execute(db)
      await sql`create index audit_by_user on audit (user_id, seq)`.execute(db)
    },
  },
}

/** Brings the tables up to date. Throws when that fails, or when they are of a newer version of the program. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
