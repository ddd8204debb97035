import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Beginnings, Begun, Where } from './beginner.ts'
import { signUp, USER } from './browser.ts'
import { siteSettings, startEngine } from './engines.ts'
import { cpuSeconds, firstAnswer, type ServerProcess, startLatchkey, startLoad } from './processes.ts'
import { median, row } from './report.ts'

// Signing in and rotating on each engine, all of which wait for the disk as they do in use.
// docs/performance.md says what is measured and how.

const ROUNDS = 5
const SIGN_INS = 60
const BEGINNINGS = 500
const ROTATIONS = 500
const AT_ONCE = 8
const MICROSECONDS = 1_000_000

const BEGINNER = fileURLToPath(new URL('./beginner.ts', import.meta.url))

interface Site {
  name: string
  node: ServerProcess
  /** Begins sessions on the same stores, without a password. */
  beginner: ChildProcess
  /** The refresh tokens of as many sessions as are renewed at once. */
  refreshTokens: string[]
}

interface Measured {
  perSecond: number
  /** Of the node's process. */
  cpuMicroseconds: number
}

const WORK = { 'sign-ins': signInOften, 'without password': beginOften, rotations: rotateOften }
type Work = keyof typeof WORK

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const engines = await Promise.all([startEngine('durable-postgres'), startEngine('durable-redis')])
const load = startLoad()
try {
  await bench()
} finally {
  load.stop()
  await Promise.all(engines.map((engine) => engine?.end()))
  rmSync(folder, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  const sites = await openSites()
  const rounds: Map<string, Record<Work, Measured>>[] = []
  // The first is not counted.
  for (let n = 0; n <= ROUNDS; n++) {
    const round = new Map<string, Record<Work, Measured>>()
    for (const site of sites) {
      const measured: Partial<Record<Work, Measured>> = {}
      for (const work of Object.keys(WORK) as Work[]) measured[work] = await WORK[work](site)
      round.set(site.name, measured as Record<Work, Measured>)
    }
    if (n > 0) rounds.push(round)
  }
  for (const { beginner } of sites) beginner.disconnect()
  await Promise.all(sites.map(({ node }) => node.stop()))

  const of = (r: (typeof rounds)[number], { name }: Site, work: Work, figure: keyof Measured) =>
    r.get(name)?.[work][figure] ?? Number.NaN
  const cells = (work: Work, figure: keyof Measured) =>
    sites.map((site) => median(rounds.map((r) => of(r, site, work, figure))).toFixed(0))
  const [first] = sites
  const ratios = (work: Work) =>
    sites.map((site) =>
      median(
        rounds.map((r) => of(r, site, work, 'perSecond') / of(r, first ?? site, work, 'perSecond')),
      ).toFixed(2),
    )
  process.stdout.write(
    [
      `\nSigning in and rotating, ${AT_ONCE} at once: ${ROUNDS} rounds on each engine in turn. Medians.\n\n`,
      row('', ...sites.map(({ name }) => name)),
      row('sign-ins per second', ...cells('sign-ins', 'perSecond')),
      row('CPU us per sign-in', ...cells('sign-ins', 'cpuMicroseconds')),
      row('without the password, per s', ...cells('without password', 'perSecond')),
      row('  as a multiple of SQLite', ...ratios('without password')),
      row('  CPU us each', ...cells('without password', 'cpuMicroseconds')),
      row('rotations per second', ...cells('rotations', 'perSecond')),
      row('  as a multiple of SQLite', ...ratios('rotations')),
      row('  CPU us each', ...cells('rotations', 'cpuMicroseconds')),
      '\nCPU time is that of the node, without the database server.\n',
    ].join(''),
  )
}

/** A node for each engine there is: its sessions are there, and with Redis its users in Postgres. */
async function openSites(): Promise<Site[]> {
  const [postgres, redis] = engines
  const sites = [await openSite('SQLite', {})]
  if (postgres) sites.push(await openSite('Postgres', { DATABASE_URL: await postgres.fresh() }))
  else process.stdout.write('\nPostgres: left out, for it is not installed here.\n')
  if (postgres && redis) {
    const stores = { DATABASE_URL: await postgres.fresh(), REDIS_URL: await redis.fresh() }
    sites.push(await openSite('PG + Redis', stores))
  } else process.stdout.write('\nRedis: left out, for it or Postgres is not installed here.\n')
  return sites
}

async function openSite(name: string, stores: { DATABASE_URL?: string; REDIS_URL?: string }): Promise<Site> {
  const own = mkdtempSync(join(folder, 'node-'))
  const settings = await siteSettings(own, stores)
  const node = await startLatchkey(own, settings)
  await firstAnswer(node.port, '/healthz')
  await signUp(node)
  const refreshTokens: string[] = []
  while (refreshTokens.length < AT_ONCE) refreshTokens.push((await post(node, '/login', USER)).refresh_token)
  const beginner = fork(BEGINNER)
  const where: Where = {
    ...{ folder: own, dataDir: join(own, 'data'), keysDir: settings.KEYS_DIR ?? '' },
    ...{ databaseUrl: stores.DATABASE_URL ?? null, redisUrl: stores.REDIS_URL ?? null },
  }
  beginner.send(where)
  await once(beginner, 'message')
  return { name, node, beginner, refreshTokens }
}

async function signInOften({ node: { pid, port } }: Site): Promise<Measured> {
  const body = JSON.stringify(USER)
  const head = [
    'POST /login HTTP/1.1',
    `Host: localhost:${port}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  const request = [...head, '', body].join('\r\n')
  const before = cpuSeconds(pid)
  const seconds = await load.run({ port, request, requests: SIGN_INS, connections: AT_ONCE })
  return measured(SIGN_INS, seconds, cpuSeconds(pid) - before)
}

async function beginOften({ beginner }: Site): Promise<Measured> {
  const beginnings: Beginnings = { times: BEGINNINGS, atOnce: AT_ONCE }
  beginner.send(beginnings)
  const [begun] = (await once(beginner, 'message')) as [Begun]
  return measured(BEGINNINGS, begun.seconds, begun.cpuSeconds)
}

async function rotateOften({ node, refreshTokens }: Site): Promise<Measured> {
  let left = ROTATIONS
  const [startedAt, before] = [performance.now(), cpuSeconds(node.pid)]
  const renew = async (_: string, at: number) => {
    while (left-- > 0) {
      const pair = await post(node, '/token/refresh', { refresh_token: refreshTokens[at] })
      refreshTokens[at] = pair.refresh_token
    }
  }
  await Promise.all(refreshTokens.map(renew))
  return measured(ROTATIONS, (performance.now() - startedAt) / 1000, cpuSeconds(node.pid) - before)
}

function measured(times: number, seconds: number, cpuSeconds: number): Measured {
  return { perSecond: times / seconds, cpuMicroseconds: (cpuSeconds / times) * MICROSECONDS }
}

async function post(
  { port }: ServerProcess,
  path: string,
  body: Record<string, unknown>,
): Promise<{ refresh_token: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(response.status, 200)
  return (await response.json()) as { refresh_token: string }
}
