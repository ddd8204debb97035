import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeCertificate } from '../deploy/certificate.testing.ts'
import { findProxy } from '../deploy/find-proxy.testing.ts'
import { APP_HOST, AUTH_HOST } from '../deploy/forward-auth.testing.ts'
import { startNginx } from '../deploy/nginx-forward-auth.testing.ts'
import { freePort } from '../src/free-port.testing.ts'
import { answerTo, browserRequest, headersOf, signUp } from './browser.ts'
import type { Pace } from './pace.ts'
import {
  cpuSeconds,
  firstAnswer,
  type ServerProcess,
  startBare,
  startLatchkey,
  startLoad,
} from './processes.ts'
import { mark, median, row } from './report.ts'

// One check of forward auth beside a bare node:http server that answers the very same bytes, and what such a check adds to a request
// through nginx. docs/performance.md says what is measured and how. The marks are printed; a missed one does not fail the run.

const ROUNDS = 9
const REQUESTS = 15_000
const CONNECTIONS = 8
const PACED_ROUNDS = 7
const PER_SECOND = 500
const PACED_REQUESTS = 1500

const MOST_CPU_RATIO = 1.4
const MOST_ADDED_MILLISECONDS = 1

const PACE = fileURLToPath(new URL('./pace.ts', import.meta.url))
// The same server of the file that is shipped, and a part of it about which nobody is asked.
const OPEN_PART = '\nlocation /open { auth_request off; proxy_pass http://app; }\n'

if (process.platform !== 'linux') {
  process.stderr.write('npm run bench reads CPU time and memory from /proc, which only Linux has.\n')
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
try {
  await bench()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  const port = await freePort()
  const app = `https://${APP_HOST}:${port}`
  const ours = await startLatchkey(folder, {
    ...{ PUBLIC_URL: `https://${AUTH_HOST}:${port}`, COOKIE_DOMAIN: 'example.test', RETURN_TO: app },
    TRUSTED_PROXIES: '127.0.0.1',
  })
  await firstAnswer(ours.port, '/healthz')
  const cookie = await signUp(ours)
  await oneCheck(ours, app, cookie)
  const binary = findProxy('nginx')
  if (binary) await throughNginx(binary, port, ours, cookie)
  else process.stdout.write('\nThrough nginx: left out, for there is no nginx here.\n')
  await ours.stop()
}

async function oneCheck(ours: ServerProcess, app: string, cookie: string): Promise<void> {
  const asked = [`X-Original-URL: ${app}/wiki?page=1`, 'X-Original-Method: GET', `Cookie: ${cookie}`].join(
    '\r\n',
  )
  const request = browserRequest('/forward-auth/nginx', '127.0.0.1', asked)
  const answer = await answerTo(request, ours.port)
  const bare = await startBare({ headers: headersOf(answer), body: answer.body })
  assert.deepEqual(await answerTo(request, bare.port), answer)

  const load = startLoad()
  const round = async ({ pid, port }: ServerProcess): Promise<number> => {
    const before = cpuSeconds(pid)
    await load.run({ port, request, requests: REQUESTS, connections: CONNECTIONS })
    return ((cpuSeconds(pid) - before) / REQUESTS) * 1000
  }
  for (const one of [bare, ours]) await round(one)
  const rounds: { bare: number; ours: number }[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push({ bare: await round(bare), ours: await round(ours) })
  load.stop()
  await bare.stop()
  const cells = [rounds.map((r) => r.bare), rounds.map((r) => r.ours)].map((all) => median(all).toFixed(4))
  process.stdout.write(
    [
      `\nA check of forward auth, signed in: ${ROUNDS} rounds of ${REQUESTS} requests to each in turn, ${CONNECTIONS} connections. Medians.\n\n`,
      row('', 'bare', 'Latchkey'),
      row('CPU seconds per 1000 requests', ...cells),
      `\n${mark('CPU, Latchkey / bare', median(rounds.map((r) => r.ours / r.bare)), MOST_CPU_RATIO, '')}`,
    ].join(''),
  )
}

async function throughNginx(
  binary: string,
  port: number,
  ours: ServerProcess,
  cookie: string,
): Promise<void> {
  const app = await startBare({ headers: { 'content-type': 'text/plain' }, body: 'the app' })
  await makeCertificate(folder, `DNS:${APP_HOST},DNS:${AUTH_HOST}`)
  const nginx = await startNginx(binary, { inApp: `keepalive_requests 1000000;${OPEN_PART}` })({
    ...{ folder, port, appPort: app.port, latchkeyPort: ours.port },
    certificate: join(folder, 'fullchain.pem'),
    privateKey: join(folder, 'privkey.pem'),
  })
  const asker = fork(PACE)
  const round = async (path: string): Promise<number> => {
    const request = browserRequest(path, `${APP_HOST}:${port}`, `Cookie: ${cookie}`)
    const pace: Pace = {
      port,
      request,
      requests: PACED_REQUESTS,
      perSecond: PER_SECOND,
      connections: CONNECTIONS,
    }
    asker.send(pace)
    const [took] = (await once(asker, 'message')) as [number[]]
    return median(took)
  }
  for (const path of ['/open', '/']) await round(path)
  const rounds: { without: number; with: number }[] = []
  for (let n = 0; n < PACED_ROUNDS; n++)
    rounds.push({ without: await round('/open'), with: await round('/') })
  asker.disconnect()
  await Promise.all([nginx.stop(), app.stop()])
  const cells = [rounds.map((r) => r.without), rounds.map((r) => r.with)].map((all) => median(all).toFixed(2))
  process.stdout.write(
    [
      `\nThrough nginx over TLS: ${PACED_ROUNDS} rounds of ${PACED_REQUESTS} requests to each in turn, ${PER_SECOND} a second. Medians.\n\n`,
      row('', 'not asked', 'asked'),
      row('milliseconds to the answer, p50', ...cells),
      `\n${mark('added by asking', median(rounds.map((r) => r.with - r.without)), MOST_ADDED_MILLISECONDS, ' ms')}`,
    ].join(''),
  )
}
