import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerTo, headersOf, signUp, welcomeRequest } from './browser.ts'
import {
  cpuSeconds,
  firstAnswer,
  megabytes,
  type ServerProcess,
  startBare,
  startLatchkey,
  startLoad,
} from './processes.ts'
import { mark, median, row } from './report.ts'

// The welcome page of somebody signed in, beside a bare node:http server that answers the very same bytes.
// docs/performance.md says what is measured and how. The marks are printed; a missed one does not fail the run.

const ROUNDS = 7
const STARTS = 5
const REQUESTS = 10_000
const CONNECTIONS = 8

const MOST_CPU_RATIO = 1.5
const MOST_MEGABYTES = 120
const MOST_START_SECONDS = 0.5

interface Round {
  requestsPerSecond: number
  cpuPerThousand: number
}

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
  const starts = { bare: [] as number[], first: [] as number[], again: [] as number[] }
  for (let n = 0; n < STARTS; n++) {
    starts.bare.push(await timeStart(() => startBare({ headers: {}, body: '' })))
    const folder = newFolder()
    starts.first.push(await timeStart(() => startLatchkey(folder)))
    starts.again.push(await timeStart(() => startLatchkey(folder)))
  }

  const ours = await startLatchkey(newFolder())
  await firstAnswer(ours.port, '/healthz')
  const afterStart = megabytes(ours.pid, 'VmRSS')
  const request = welcomeRequest(`localhost:${ours.port}`, await signUp(ours))
  const answer = await answerTo(request, ours.port)
  const bare = await startBare({ headers: headersOf(answer), body: answer.body })
  assert.deepEqual(await answerTo(request, bare.port), answer)

  const load = startLoad()
  const round = async ({ pid, port }: ServerProcess): Promise<Round> => {
    const before = cpuSeconds(pid)
    const seconds = await load.run({ port, request, requests: REQUESTS, connections: CONNECTIONS })
    return {
      requestsPerSecond: REQUESTS / seconds,
      cpuPerThousand: ((cpuSeconds(pid) - before) / REQUESTS) * 1000,
    }
  }
  await round(bare)
  await round(ours)
  const rounds: { bare: Round; ours: Round }[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push({ bare: await round(bare), ours: await round(ours) })
  const memory = [bare, ours].map(({ pid }) => ({
    resident: megabytes(pid, 'VmRSS'),
    peak: megabytes(pid, 'VmHWM'),
  }))
  load.stop()
  await Promise.all([bare.stop(), ours.stop()])

  const ratio = median(rounds.map((r) => r.ours.cpuPerThousand / r.bare.cpuPerThousand))
  const start = median(starts.first)
  const both = (figure: keyof Round, digits: number) =>
    [rounds.map((r) => r.bare[figure]), rounds.map((r) => r.ours[figure])].map((all) =>
      median(all).toFixed(digits),
    )
  process.stdout.write(
    [
      `GET /welcome, signed in: ${ROUNDS} rounds of ${REQUESTS} requests to each in turn, ${CONNECTIONS} connections. Medians.\n\n`,
      row('', 'bare', 'Latchkey'),
      row('requests per second', ...both('requestsPerSecond', 0)),
      row('CPU seconds per 1000 requests', ...both('cpuPerThousand', 3)),
      row('memory after start, MB', '', afterStart.toFixed(0)),
      row('memory after the rounds, MB', ...memory.map(({ resident }) => resident.toFixed(0))),
      row('most memory ever, MB', ...memory.map(({ peak }) => peak.toFixed(0))),
      row('first start to first answer, s', median(starts.bare).toFixed(2), start.toFixed(2)),
      row('later start, s', '', median(starts.again).toFixed(2)),
      '\nCPU time is the server process alone, user and system, from /proc/PID/stat; memory from /proc/PID/status.\n\n',
      mark('CPU, Latchkey / bare', ratio, MOST_CPU_RATIO, ''),
      mark('memory after the rounds', memory[1]?.resident ?? Number.NaN, MOST_MEGABYTES, ' MB'),
      mark('first start to first answer', start, MOST_START_SECONDS, ' s'),
    ].join(''),
  )
}

/** Seconds from starting the process to its first 200. */
async function timeStart(start: () => Promise<ServerProcess>): Promise<number> {
  const startedAt = performance.now()
  const server = await start()
  await firstAnswer(server.port, '/healthz')
  const seconds = (performance.now() - startedAt) / 1000
  await server.stop()
  return seconds
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  folders.push(folder)
  return folder
}
