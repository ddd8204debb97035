import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { signUp, welcomeRequest } from './browser.ts'
import { cpuSeconds, firstAnswer, megabytes, startLatchkey, startLoad } from './processes.ts'
import { median, row } from './report.ts'

// The welcome page with metrics and without, and what it costs to ask for them. docs/metrics.md has one run.

const ROUNDS = 9
const REQUESTS = 10_000
const CONNECTIONS = 8
const SCRAPES = 200
const IDLE_SECONDS = 20
const MICROSECONDS = 1_000_000
const METRICS_TOKEN = 'a-token-of-those-who-watch'

if (process.platform !== 'linux') {
  process.stderr.write('npm run bench reads CPU time and memory from /proc, which only Linux has.\n')
  process.exit(1)
}

const folders: string[] = []
try {
  await bench()
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  const [off, on] = await Promise.all([start({}), start({ METRICS_TOKEN })])
  const both = [off, on]
  const afterStart = both.map(({ pid }) => megabytes(pid, 'VmRSS'))
  const idle = both.map(({ pid }) => cpuSeconds(pid))
  await pause(IDLE_SECONDS * 1000)
  const idleMilliseconds = both.map(
    ({ pid }, n) => ((cpuSeconds(pid) - (idle[n] ?? 0)) / IDLE_SECONDS) * 1000,
  )

  const load = startLoad()
  const round = async ({ pid, port, page }: Server) => {
    const before = cpuSeconds(pid)
    await load.run({ port, request: page, requests: REQUESTS, connections: CONNECTIONS })
    return ((cpuSeconds(pid) - before) / REQUESTS) * MICROSECONDS
  }
  for (const server of [off, on, off, on]) await round(server)
  const rounds: { off: number; on: number }[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push({ off: await round(off), on: await round(on) })

  const before = cpuSeconds(on.pid)
  let bytes = 0
  for (let n = 0; n < SCRAPES; n++) bytes = (await scrape(on.port)).length
  const scrapeMilliseconds = ((cpuSeconds(on.pid) - before) / SCRAPES) * 1000
  load.stop()
  await Promise.all(both.map((server) => server.stop()))

  const more = rounds.map((r) => r.on - r.off)
  process.stdout.write(
    [
      `GET /welcome, signed in: ${ROUNDS} rounds of ${REQUESTS} requests to each in turn. Medians.\n\n`,
      row('', 'off', 'on'),
      row(
        'CPU microseconds per page',
        ...(['off', 'on'] as const).map((w) => median(rounds.map((r) => r[w])).toFixed(1)),
      ),
      row('more, of a round', '', median(more).toFixed(1)),
      row('memory after start, MB', ...afterStart.map((megabytes) => megabytes.toFixed(0))),
      row('idle, CPU ms per second', ...idleMilliseconds.map((ms) => ms.toFixed(1))),
      row('CPU ms per scrape', '', scrapeMilliseconds.toFixed(1)),
      row('bytes of a scrape', '', String(bytes)),
    ].join(''),
  )
}

type Server = Awaited<ReturnType<typeof start>>

async function start(settings: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  folders.push(folder)
  const server = await startLatchkey(folder, settings)
  await firstAnswer(server.port, '/healthz')
  return { ...server, page: welcomeRequest(`localhost:${server.port}`, await signUp(server)) }
}

async function scrape(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${METRICS_TOKEN}` },
  })
  if (answer.status !== 200) throw new Error(`no metrics: ${answer.status}`)
  return answer.text()
}
