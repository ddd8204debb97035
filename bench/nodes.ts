import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProxy } from '../deploy/find-proxy.testing.ts'
import { freePort } from '../src/free-port.testing.ts'
import { signIn, signUp, welcomeRequest } from './browser.ts'
import { siteSettings, startEngine } from './engines.ts'
import { startNginx, workersCpuSeconds } from './nginx.ts'
import {
  cpuSeconds,
  firstAnswer,
  megabytes,
  type ServerProcess,
  startLatchkey,
  startLoad,
} from './processes.ts'
import { mark, median, row } from './report.ts'

// The welcome page of somebody signed in: of one node on SQLite, of one on Postgres and Redis, of two behind nginx.
// docs/performance.md says what is measured and how. The marks are printed; a missed one does not fail the run.

const ROUNDS = 9
const REQUESTS = 20_000
const CONNECTIONS = 8

// No store is asked, so it is the same work: this much is noise.
const MOST_CPU_RATIO = 1.1

if (process.platform !== 'linux') {
  process.stderr.write('npm run bench reads CPU time and memory from /proc, which only Linux has.\n')
  process.exit(1)
}

/** What answers on one address: one node, or several behind nginx. */
interface Front {
  port: number
  isTls: boolean
  request: string
  nodes: ServerProcess[]
  nginx: ServerProcess | null
}

interface Round {
  requestsPerSecond: number
  cpuPerThousand: number
  nginxCpuPerThousand: number
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const engines = await Promise.all([startEngine('postgres'), startEngine('redis')])
try {
  const [postgres, redis] = engines
  if (postgres && redis) {
    const stores = { DATABASE_URL: await postgres.fresh(), REDIS_URL: await redis.fresh() }
    await bench(await siteSettings(folder, stores))
  } else
    process.stdout.write('\nNodes on Postgres and Redis: left out, for one of them is not installed here.\n')
} finally {
  await Promise.all(engines.map((engine) => engine?.end()))
  rmSync(folder, { recursive: true, force: true })
}

async function bench(shared: Record<string, string>): Promise<void> {
  const alone = await startFront({})
  const one = await startFront(shared)
  const two = await startTwo(shared)
  const fronts = [alone, one, ...(two ? [two] : [])]
  if (!two) process.stdout.write('\nTwo nodes behind nginx: left out, for there is no nginx here.\n')

  const load = startLoad()
  const round = async ({ port, isTls, request, nodes, nginx }: Front): Promise<Round> => {
    const cpu = () => nodes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)
    const nginxCpu = () => (nginx ? workersCpuSeconds(nginx) : 0)
    const [before, nginxBefore] = [cpu(), nginxCpu()]
    const seconds = await load.run({ port, request, requests: REQUESTS, connections: CONNECTIONS, isTls })
    return {
      requestsPerSecond: REQUESTS / seconds,
      cpuPerThousand: ((cpu() - before) / REQUESTS) * 1000,
      nginxCpuPerThousand: ((nginxCpu() - nginxBefore) / REQUESTS) * 1000,
    }
  }
  for (const front of fronts) await round(front)
  // The first is asked again in each round: how far it differs from itself is the noise.
  const order = [alone, one, alone, ...(two ? [two] : [])]
  const rounds: Round[][] = []
  for (let n = 0; n < ROUNDS; n++) {
    const measured: Round[] = []
    for (const front of order) measured.push(await round(front))
    rounds.push(measured)
  }
  const memory = order.map(({ nodes }) => Math.max(...nodes.map(({ pid }) => megabytes(pid, 'VmRSS'))))
  load.stop()
  const running = fronts.flatMap(({ nodes, nginx }) => [...(nginx ? [nginx] : []), ...nodes])
  await Promise.all(running.map((server) => server.stop()))

  const figures = (figure: keyof Round, digits: number) =>
    order.map((_, at) => median(rounds.map((r) => r[at]?.[figure] ?? Number.NaN)).toFixed(digits))
  const ratio = (at: number) => {
    const cpu = (r: Round[], which: number) => r[which]?.cpuPerThousand ?? Number.NaN
    return median(rounds.map((r) => cpu(r, at) / cpu(r, 0)))
  }
  process.stdout.write(
    [
      `\nGET /welcome, signed in: ${ROUNDS} rounds of ${REQUESTS} requests to each in turn, ${CONNECTIONS} connections. Medians.\n\n`,
      row('', 'SQLite', 'PG + Redis', 'again', ...(two ? ['two, nginx'] : [])),
      row('requests per second', ...figures('requestsPerSecond', 0)),
      row('CPU s per 1000, nodes', ...figures('cpuPerThousand', 3)),
      ...(two
        ? [row('CPU s per 1000, nginx', '', '', '', ...figures('nginxCpuPerThousand', 3).slice(3))]
        : []),
      row('memory of a node, MB', ...memory.map((each) => each.toFixed(0))),
      '\n',
      mark('CPU, Postgres and Redis / SQLite', ratio(1), MOST_CPU_RATIO, ''),
      `SQLite again / SQLite, which is the noise: ${ratio(2).toFixed(2)}\n`,
      ...(two ? [`CPU of the nodes, two behind nginx / SQLite: ${ratio(3).toFixed(2)}\n`] : []),
    ].join(''),
  )
}

/** One node, and the page of the account that it makes first. */
async function startFront(settings: Record<string, string>): Promise<Front> {
  const node = await startLatchkey(newFolder(), settings)
  await firstAnswer(node.port, '/healthz')
  const request = welcomeRequest(`localhost:${node.port}`, await signUp(node))
  return { port: node.port, isTls: false, request, nodes: [node], nginx: null }
}

/** Two more nodes of a site that has its first account, behind nginx; null when there is none. */
async function startTwo(settings: Record<string, string>): Promise<Front | null> {
  const binary = findProxy('nginx')
  if (binary === null) return null
  const port = await freePort()
  const told = { ...settings, PUBLIC_URL: `https://localhost:${port}`, TRUSTED_PROXIES: '127.0.0.1' }
  const nodes = [await startLatchkey(newFolder(), told), await startLatchkey(newFolder(), told)] as const
  for (const node of nodes) await firstAnswer(node.port, '/healthz')
  const nginx = await startNginx(
    ...([binary, newFolder(), port] as const),
    nodes.map((node) => node.port),
  )
  const cookie = await signIn(nodes[0])
  assert.match(cookie, /^__Host-token=/)
  return { port, isTls: true, request: welcomeRequest(`localhost:${port}`, cookie), nodes: [...nodes], nginx }
}

function newFolder(): string {
  return mkdtempSync(join(folder, 'node-'))
}
