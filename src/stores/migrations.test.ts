import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { testSession, testUser } from '../vectors/records.testing.ts'
import { openStores } from './open.ts'

const NOW = 1_800_000_000
const OLD = readFileSync(new URL('../vectors/database-001.sql', import.meta.url), 'utf8')

function newFolder(t: TestContext, sql = '') {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-migrations-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const onFile = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(join(dataDir, 'latchkey.db'))
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  if (sql) onFile((database) => database.exec(sql))
  return { dataDir, onFile }
}

/** What makes each table and index, in words one space apart. */
const schemaOf = (database: DatabaseSync) =>
  database
    .prepare('select name, sql from sqlite_schema where sql is not null order by name')
    .all()
    .map(({ name, sql }) => `${name}: ${String(sql).replaceAll(/\s+/g, ' ')}`)

/** A column added later stands after the others, so of a table its columns are compared. */
const columnsOf = (database: DatabaseSync) =>
  database
    .prepare(
      `select t.name as "table", c.name, c.type, c."notnull", c.dflt_value, c.pk
       from pragma_table_list t join pragma_table_info(t.name) c where t.schema = 'main' order by 1, 2`,
    )
    .all()

describe('a database of version 0.1.0', () => {
  it('keeps its users and sessions, which have no refresh token and are carried by a cookie', async (t) => {
    const { dataDir } = newFolder(t, OLD)
    const { users, sessions, close } = await openStores({ dataDir })
    t.after(close)
    const { passwordHash } = testUser()
    assert.deepEqual(await users.list(), [
      testUser({ id: 'a-user', name: 'Zoë', role: 'admin', revision: 3, passwordHash }),
    ])
    assert.equal(await users.isSetupCode('hash'), true)
    const live = testSession({ sid: 'live', userId: 'a-user', userRevision: 3 })
    const ended = testSession({
      ...{ sid: 'ended', userId: 'a-user', userRevision: 2, device: 'curl', address: '2001:db8::1' },
      ...{ lastSeenAt: NOW + 50, endedAt: NOW + 100, endReason: 'signed-out' },
    })
    assert.deepEqual(await sessions.find('live'), live)
    assert.deepEqual(await sessions.find('ended'), ended)
    assert.deepEqual(await sessions.listLive(NOW), [live])
    assert.deepEqual(await sessions.revocations(0), [
      { sid: 'ended', reason: 'signed-out', revokedAt: NOW + 100 },
    ])
  })

  it('goes on with its sessions: they are refreshed, seen and ended, and new ones have refresh tokens', async (t) => {
    const { dataDir } = newFolder(t, OLD)
    const { sessions, audit, close } = await openStores({ dataDir })
    t.after(close)
    assert.equal((await sessions.extend('live', NOW + 500, NOW + 200))?.expiresAt, NOW + 500)
    const to = { currentHash: 'x', previousHash: null, expiresAt: NOW + 900 }
    assert.equal(await sessions.rotate('live', 0, to, NOW), null)
    assert.ok(await sessions.end('live', 'signed-out', NOW + 201))
    const refresh = { salt: 's', rotation: 0, currentHash: 'c', previousHash: null, rotatedAt: NOW }
    const pair = testSession({ carrier: 'bearer', refresh })
    await sessions.insert(pair)
    assert.equal((await sessions.rotate(pair.sid, 0, to, NOW))?.refresh?.rotation, 1)
    assert.deepEqual(await audit.list({}), [])
  })

  it('has an epoch that no token is older than, and a new one or one without a session has not', async (t) => {
    const withoutSessions = `${OLD} delete from sessions;`
    for (const [sql, at] of [
      [OLD, 0],
      [withoutSessions, NOW],
      ['', NOW],
    ] as const) {
      const { dataDir } = newFolder(t, sql)
      const { sessions, close } = await openStores({ dataDir })
      t.after(close)
      const epoch = await sessions.epoch(NOW)
      assert.equal(epoch.at, at)
      assert.match(epoch.id, /^[\w-]{22}$/)
    }
  })

  it('has the tables that a new one has, once it was opened', async (t) => {
    const [old, fresh] = [newFolder(t, OLD), newFolder(t)]
    for (const { dataDir } of [old, fresh]) await (await openStores({ dataDir })).close()
    assert.deepEqual(old.onFile(schemaOf), fresh.onFile(schemaOf))
    assert.deepEqual(old.onFile(columnsOf), fresh.onFile(columnsOf))
  })

  it('is left as it was when it cannot be brought up to date, and is tried again at the next start', async (t) => {
    const { dataDir, onFile } = newFolder(t, `${OLD} create table audit (in_the_way text);`)
    const before = onFile(schemaOf)
    await assert.rejects(openStores({ dataDir }))
    assert.deepEqual(onFile(schemaOf), before)
    onFile((database) => database.exec('drop table audit'))
    const { sessions, close } = await openStores({ dataDir })
    t.after(close)
    assert.equal((await sessions.listLive(NOW)).length, 1)
  })
})
