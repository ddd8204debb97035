import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/lib/clock.ts'
import { readRedisUrl } from '../src/lib/redis-url.ts'
import { connectRedis } from '../src/stores/redis-client.ts'
import { signIn, signUp, welcomeRequest } from './browser.ts'
import { startEngine } from './engines.ts'
import { fill } from './fill.ts'
import { firstAnswer, megabytes, startLatchkey, startLoad } from './processes.ts'
import { median, row } from './report.ts'
import { openRedisSessions, openSqliteSessions } from './session-stores.ts'

// What many sessions take: in the memory of Redis, in the file of SQLite, and in the node that has them there.
// docs/performance.md says what is measured and how.

const IN_REDIS = 1_000_000
const IN_SQLITE = 100_000
const STARTS = 3
const REQUESTS = 10_000
const CONNECTIONS = 8
const MEGABYTE = 1024 * 1024

if (process.platform !== 'linux') {
  process.stderr.write('npm run bench reads CPU time and memory from /proc, which only Linux has.\n')
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const redis = await startEngine('redis')
try {
  if (redis) await reportRedis(await redis.fresh())
  else process.stdout.write('\nMemory of Redis: left out, for it is not installed here.\n')
  await reportSqlite()
} finally {
  await redis?.end()
  rmSync(folder, { recursive: true, force: true })
}

async function reportRedis(url: string): Promise<void> {
  const { store, close } = await openRedisSessions(url)
  // The first makes the scripts known.
  await fill(store, 1000, systemClock.now())
  const before = await memoryOf(url)
  const startedAt = performance.now()
  await fill(store, IN_REDIS, systemClock.now())
  const seconds = (performance.now() - startedAt) / 1000
  const after = await memoryOf(url)
  await close()
  process.stdout.write(
    [
      `\n${IN_REDIS} sessions in Redis\n\n`,
      row('', 'before', 'after'),
      row('used_memory, MB', ...[before, after].map(({ used }) => (used / MEGABYTE).toFixed(0))),
      row('used_memory_rss, MB', ...[before, after].map(({ resident }) => (resident / MEGABYTE).toFixed(0))),
      row('bytes per session', '', ((after.used - before.used) / IN_REDIS).toFixed(0)),
      row('seconds to put them there', '', seconds.toFixed(0)),
    ].join(''),
  )
}

async function memoryOf(url: string): Promise<{ used: number; resident: number }> {
  const client = await connectRedis(readRedisUrl(url) ?? assert.fail(), () => {})
  const info = (await client.send(['INFO', 'memory'])) as string
  client.close()
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  return { used: figure('used_memory'), resident: figure('used_memory_rss') }
}

async function reportSqlite(): Promise<void> {
  const [none, many] = [newFolder(), newFolder()]
  const path = join(many, 'data', 'latchkey.db')
  const { store, close } = await openSqliteSessions(path)
  await fill(store, IN_SQLITE, systemClock.now())
  await close()
  const bytes = statSync(path).size
  const measured: { none: NodeMemory; many: NodeMemory }[] = []
  for (let n = 0; n < STARTS; n++)
    measured.push({ none: await nodeMemory(none, n), many: await nodeMemory(many, n) })
  const both = (figure: keyof NodeMemory) =>
    (['none', 'many'] as const).map((which) => median(measured.map((m) => m[which][figure])).toFixed(0))
  process.stdout.write(
    [
      `\n${IN_SQLITE} sessions in SQLite. Of the node: medians of ${STARTS}.\n\n`,
      row('', 'none', `${IN_SQLITE}`),
      row('database file, MB', '', (bytes / MEGABYTE).toFixed(0)),
      row('bytes per session', '', (bytes / IN_SQLITE).toFixed(0)),
      row('node after start, MB', ...both('afterStart')),
      row(`node after ${REQUESTS} pages, MB`, ...both('afterPages')),
    ].join(''),
  )
}

/** What a node holds once it answers, and after some pages, in MB. */
interface NodeMemory {
  afterStart: number
  afterPages: number
}

/** Of a node on that folder, where so many have been before. */
async function nodeMemory(own: string, before: number): Promise<NodeMemory> {
  const node = await startLatchkey(own)
  await firstAnswer(node.port, '/healthz')
  const afterStart = megabytes(node.pid, 'VmRSS')
  const cookie = await (before === 0 ? signUp(node) : signIn(node))
  const request = welcomeRequest(`localhost:${node.port}`, cookie)
  const load = startLoad()
  await load.run({ port: node.port, request, requests: REQUESTS, connections: CONNECTIONS })
  load.stop()
  const afterPages = megabytes(node.pid, 'VmRSS')
  await node.stop()
  return { afterStart, afterPages }
}

function newFolder(): string {
  const own = mkdtempSync(join(folder, 'node-'))
  mkdirSync(join(own, 'data'), { mode: 0o700 })
  return own
}
