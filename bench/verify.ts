import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { browserRequest, signUp } from './browser.ts'
import {
  asServer,
  cpuSeconds,
  firstAnswer,
  type ServerProcess,
  startLatchkey,
  startLoad,
} from './processes.ts'
import { mark, median, row } from './report.ts'

// An app behind latchkey/verify beside the same app without it, once its token is known.
// docs/performance.md says what is measured and how.

const ROUNDS = 9
const REQUESTS = 20_000
const CONNECTIONS = 8
const MOST_CPU_RATIO = 1.3

const APP = fileURLToPath(new URL('./app.ts', import.meta.url))

async function startApp(issuer: string | null): Promise<ServerProcess> {
  const child = fork(APP)
  child.send({ issuer })
  const [port] = (await once(child, 'message')) as [number]
  return asServer(child, port)
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
try {
  const latchkey = await startLatchkey(folder)
  await firstAnswer(latchkey.port, '/healthz')
  const cookie = await signUp(latchkey)
  const [bare, ours] = [await startApp(null), await startApp(`http://localhost:${latchkey.port}`)]
  const token = cookie.slice(cookie.indexOf('=') + 1)
  const carriers = { cookie: `Cookie: ${cookie}`, Bearer: `Authorization: Bearer ${token}` }
  const load = startLoad()
  const round = async ({ pid, port }: ServerProcess, header: string): Promise<number> => {
    const request = browserRequest('/', 'localhost', header)
    const before = cpuSeconds(pid)
    await load.run({ port, request, requests: REQUESTS, connections: CONNECTIONS })
    return ((cpuSeconds(pid) - before) / REQUESTS) * 1000
  }

  // Until the app has heard of keys and sign-outs.
  while ((await fetch(`http://127.0.0.1:${ours.port}/`, { headers: { cookie } })).status !== 200);
  process.stdout.write(
    `\nAn app with latchkey/verify: ${ROUNDS} rounds of ${REQUESTS} requests to each in turn, ${CONNECTIONS} connections. Medians.\n\n${row('CPU seconds per 1000 requests', 'without', 'with')}`,
  )
  const marks: string[] = []
  for (const [name, header] of Object.entries(carriers)) {
    for (const one of [bare, ours]) await round(one, header)
    const rounds: { bare: number; ours: number }[] = []
    for (let n = 0; n < ROUNDS; n++)
      rounds.push({ bare: await round(bare, header), ours: await round(ours, header) })
    const cells = [rounds.map((r) => r.bare), rounds.map((r) => r.ours)].map((all) => median(all).toFixed(4))
    process.stdout.write(row(`a token known, by ${name}`, ...cells))
    marks.push(mark(`CPU, by ${name}`, median(rounds.map((r) => r.ours / r.bare)), MOST_CPU_RATIO, ''))
  }
  process.stdout.write(`\n${marks.join('')}`)
  load.stop()
  await Promise.all([bare.stop(), ours.stop(), latchkey.stop()])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
