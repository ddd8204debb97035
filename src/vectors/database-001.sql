-- The database of version 0.1.0 as that version made it, with some rows: for tests of what newer versions make of it.
CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
CREATE TABLE users (
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
      ) strict;
CREATE TABLE setup_code (
        only integer primary key check (only = 1),
        hash text not null
      ) strict;
CREATE TABLE sessions (
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
      ) strict;
CREATE INDEX sessions_by_user on sessions (user_id);
CREATE INDEX sessions_by_expiry on sessions (expires_at);
CREATE INDEX sessions_by_end on sessions (ended_at) where ended_at is not null;

INSERT INTO kysely_migration VALUES ('001_cookie_session', '2026-11-01T00:00:00.000Z');
INSERT INTO kysely_migration_lock VALUES ('migration_lock', 0);
INSERT INTO users VALUES ('a-user', 'User1', 'user1', NULL, NULL, 'Zoë', 'admin', 'active',
  '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA', 3, 1800000000);
INSERT INTO setup_code VALUES (1, 'hash');
INSERT INTO sessions VALUES ('live', 'a-user', 3, 'Firefox on Linux', '192.0.2.1',
  1800000000, 1800000000, 1800000300, 1800043200, NULL, NULL);
INSERT INTO sessions VALUES ('ended', 'a-user', 2, 'curl', '2001:db8::1',
  1800000000, 1800000050, 1800000300, 1800043200, 1800000100, 'signed-out');
