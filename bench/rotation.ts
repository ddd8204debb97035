import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pino } from 'pino'
import { openDeps } from '../src/deps.ts'
import { openStores } from '../src/stores/open.ts'
import { testConfig } from '../src/testing.ts'
import { testSession, testUser } from '../src/vectors/records.testing.ts'
import { median, row } from './report.ts'

// Trading a refresh token for the next pair, on SQLite on the disk, beside a bare loop of the same SQL statements.
// docs/performance.md says what is measured and how.

const ROUNDS = 7
const ROTATIONS = 1000
const FROM = { address: '192.0.2.1', device: 'curl' }

/** What one rotation asks of SQLite, in this order. */
const STATEMENTS = [
  'select * from "sessions" where "sid" = ?',
  'select * from "users" where "id" = ?',
  'update "sessions" set "refresh_hash" = ?, "refresh_previous_hash" = ?, "refresh_rotation" = ?, "refresh_rotated_at" = ?, "expires_at" = max("expires_at", ?), "last_seen_at" = ? where "sid" = ? and "ended_at" is null and "expires_at" > ? and "ends_at" > ? and "refresh_rotation" = ? returning *',
  'insert into "audit" ("at", "event", "sid", "address", "reason", "user_id") values (?, ?, ?, ?, ?, ?)',
]

interface Rotations {
  run(times: number): Promise<void>
  close(): Promise<void>
}

/** Latchkey without HTTP: its stores, its keys, its log in a file. */
async function openOurs(folder: string): Promise<Rotations> {
  const log = pino(pino.destination({ dest: join(folder, 'log'), sync: false, minLength: 16_000 }))
  const deps = await openDeps(testConfig({ dataDir: folder, keysDir: join(folder, 'keys') }), log)
  await deps.accounts.add({ username: 'user1', password: 'a plain long sentence' }, FROM)
  const user = await deps.accounts.findByName('user1')
  const grant = user && (await deps.sessions.start(user, { carrier: 'bearer', remember: true }, FROM))
  let token = grant?.refresh?.token ?? assert.fail('nobody was signed in')
  return {
    async run(times) {
      for (let n = 0; n < times; n++) {
        const outcome = await deps.rotate(token, 'bearer', FROM)
        token = (outcome.kind === 'rotated' && outcome.grant.refresh?.token) || assert.fail(outcome.kind)
      }
    },
    close: () => deps.close(),
  }
}

/** The statements alone, each prepared once, on tables of the same shape and with the same durability. */
async function openBare(folder: string): Promise<Rotations> {
  const [user, now] = [testUser(), Math.floor(Date.now() / 1000)]
  const refresh = { salt: 's', rotation: 0, currentHash: 'h'.repeat(43), previousHash: null, rotatedAt: now }
  const times = { startedAt: now, lastSeenAt: now, expiresAt: now + 604_800, endsAt: now + 2_592_000 }
  const session = testSession({ userId: user.id, refresh, ...times })
  const stores = await openStores({ dataDir: folder })
  await stores.users.insert(user)
  await stores.sessions.insert(session)
  await stores.close()

  const database = new DatabaseSync(join(folder, 'latchkey.db'))
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  const [find, findUser, update, record] = STATEMENTS.map((sql) => database.prepare(sql)) as [
    ...[StatementSync, StatementSync, StatementSync, StatementSync],
  ]
  const { sid } = session
  let rotation = 0
  let hash = refresh.currentHash
  return {
    async run(count) {
      for (let n = 0; n < count; n++) {
        const next = String(rotation + 1).padStart(43, 'h')
        find.get(sid)
        findUser.get(user.id)
        const written = update.all(
          ...[next, hash, rotation + 1, now, times.expiresAt, now],
          ...[sid, now, now, rotation],
        )
        assert.equal(written.length, 1)
        record.run(now, 'session.refreshed', sid, FROM.address, null, user.id)
        rotation++
        hash = next
      }
    },
    close: async () => database.close(),
  }
}

/** Whether STATEMENTS is what a rotation asks: the comparison would be worth nothing otherwise. */
async function assertSameStatements({ run }: Rotations): Promise<void> {
  const { prepare } = DatabaseSync.prototype
  const asked: string[] = []
  DatabaseSync.prototype.prepare = function (sql) {
    asked.push(sql)
    return prepare.call(this, sql)
  }
  await run(1)
  DatabaseSync.prototype.prepare = prepare
  // The revocation log is polled meanwhile.
  assert.deepEqual(
    asked.filter((sql) => !/"ended_at" >= \?|from "epoch"/.test(sql)),
    STATEMENTS,
  )
}

interface Measured {
  perSecond: number
  cpuMicroseconds: number
}

async function measure({ run }: Rotations): Promise<Measured> {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()]
  await run(ROTATIONS)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: ROTATIONS / seconds, cpuMicroseconds: (user + system) / ROTATIONS }
}

const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'latchkey-bench-')))
try {
  const [ours, bare] = [await openOurs(folders[0] as string), await openBare(folders[1] as string)]
  await assertSameStatements(ours)
  for (const one of [ours, bare]) await measure(one)
  const rounds: { bare: Measured; ours: Measured }[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push({ bare: await measure(bare), ours: await measure(ours) })
  await Promise.all([ours.close(), bare.close()])

  const both = (figure: keyof Measured) =>
    (['bare', 'ours'] as const).map((which) => median(rounds.map((r) => r[which][figure])).toFixed(0))
  const ratio = (figure: keyof Measured) =>
    median(rounds.map((r) => r.ours[figure] / r.bare[figure])).toFixed(2)
  process.stdout.write(
    [
      `\nRotating a refresh token: ${ROUNDS} rounds of ${ROTATIONS} rotations each in turn, one after the other. Medians.\n\n`,
      row('', 'bare SQL', 'Latchkey'),
      row('rotations per second', ...both('perSecond')),
      row('CPU microseconds per rotation', ...both('cpuMicroseconds')),
      `\nLatchkey / bare SQL: ${ratio('perSecond')} of the rotations per second, ${ratio('cpuMicroseconds')} times the CPU.\n`,
    ].join(''),
  )
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
