import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { signUp, welcomeRequest } from './browser.ts'
import { cpuSeconds, firstAnswer, megabytes, startLatchkey, startLoad } from './processes.ts'
import { mark, median, row } from './report.ts'

// A thousand apps that wait for the next sign-out at /v1/revocations, and what that costs those who load a page meanwhile.
// docs/performance.md says what is measured and how. The marks are printed; a missed one does not fail the run.

const ADDRESSES = 50
const PER_ADDRESS = 20
const ALL = ADDRESSES * PER_ADDRESS
const SERVERS = 3
const ROUNDS = 7
const REQUESTS = 10_000
const CONNECTIONS = 8
const SIGN_OUTS = 5
const WAIT_SECONDS = 25
const SETTLE_MILLISECONDS = 1000

const MOST_KILOBYTES = 32
const MOST_CPU_RATIO = 1.1
const MOST_SECONDS = 0.5

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
  const idleKilobytes = await kilobytesEach(allIdle)
  const kilobytes = await kilobytesEach(allWait)

  const server = await startLatchkey(newFolder())
  const { port, pid } = server
  await firstAnswer(port, '/healthz')
  const cookie = await signUp(server)
  const page = welcomeRequest(`localhost:${port}`, cookie)
  const load = startLoad()
  const loadPage = async () => {
    const before = cpuSeconds(pid)
    await load.run({ port, request: page, requests: REQUESTS, connections: CONNECTIONS })
    return ((cpuSeconds(pid) - before) / REQUESTS) * 1_000_000
  }
  const rounds: { without: number; during: number }[] = []
  for (let n = 0; n < ROUNDS; n++) {
    await pause(SETTLE_MILLISECONDS)
    // The first pages after a change pay for collecting what it left behind.
    await loadPage()
    const without = await loadPage()
    const waiters = await allWait(port)
    await loadPage()
    const during = await loadPage()
    assert.equal(waiters.filter(({ isAnswered }) => isAnswered).length, 0)
    stopWaiting(waiters)
    rounds.push({ without, during })
  }
  const wakes: number[] = []
  for (let n = 0; n < SIGN_OUTS; n++) wakes.push(await timeSignOut(port))
  load.stop()
  await server.stop()

  const each = (figure: 'without' | 'during') => median(rounds.map((r) => r[figure])).toFixed(1)
  process.stdout.write(
    [
      `\n${ALL} followers waiting at /v1/revocations, from ${ADDRESSES} addresses. Medians.\n\n`,
      row('', 'none wait', 'all wait'),
      row('CPU microseconds per page', each('without'), each('during')),
      row('KB per idle connection', idleKilobytes.toFixed(1)),
      row('KB per waiting follower', '', kilobytes.toFixed(1)),
      row('sign-out to last answer, s', '', median(wakes).toFixed(2)),
      '\n',
      mark('memory of each', kilobytes, MOST_KILOBYTES, ' KB'),
      mark(
        'CPU of a page, all wait / none',
        median(rounds.map((r) => r.during / r.without)),
        MOST_CPU_RATIO,
        '',
      ),
      mark('POST /logout to the last answer', median(wakes), MOST_SECONDS, ' s'),
    ].join(''),
  )
}

/** What a server of its own holds more with a thousand of these, in KB for each: medians of some servers. */
async function kilobytesEach(make: (port: number) => Promise<unknown>): Promise<number> {
  const figures: number[] = []
  for (let n = 0; n < SERVERS; n++) {
    const server = await startLatchkey(newFolder())
    await firstAnswer(server.port, '/healthz')
    // The first requests make it grow, whatever they ask for.
    await firstRequests(server.port)
    const before = megabytes(server.pid, 'VmRSS')
    await make(server.port)
    await pause(SETTLE_MILLISECONDS)
    figures.push(((megabytes(server.pid, 'VmRSS') - before) / ALL) * 1024)
    await server.stop()
  }
  return median(figures)
}

async function firstRequests(port: number): Promise<void> {
  const load = startLoad()
  const request = 'GET /v1/revocations HTTP/1.1\r\nHost: localhost\r\n\r\n'
  await load.run({ port, request, requests: REQUESTS, connections: CONNECTIONS })
  load.stop()
}

/** A thousand connections that have been answered once, and are kept open. */
async function allIdle(port: number): Promise<void> {
  await Promise.all(Array.from({ length: ALL }, (_, n) => idleConnection(port, n)))
}

/** One of the loopback addresses, of which Linux has 16 million: each is a client of its own. */
function from(n: number): string {
  return `127.0.0.${2 + (n % ADDRESSES)}`
}

/** One that has been answered once, and is kept open. */
async function idleConnection(port: number, n: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from(n) })
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.on('error', () => {})
  await once(socket, 'data')
}

interface Follower {
  request: ClientRequest
  isAnswered: boolean
  answered: Promise<IncomingMessage>
}

function stopWaiting(followers: Follower[]): void {
  for (const { request } of followers) request.destroy()
}

/** A thousand that wait for what comes after now. */
async function allWait(port: number): Promise<Follower[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/revocations`)
  const { cursor } = (await answer.json()) as { cursor: string }
  const path = `/v1/revocations?after=${cursor}&wait=${WAIT_SECONDS}`
  const followers = Array.from({ length: ALL }, (_, n) => follow(port, path, n))
  await Promise.all(followers.map(({ request }) => once(request, 'finish')))
  await pause(SETTLE_MILLISECONDS)
  return followers
}

function follow(port: number, path: string, n: number): Follower {
  const asking = request({ port, host: '127.0.0.1', localAddress: from(n), path, agent: false })
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>()
  const follower: Follower = { request: asking, isAnswered: false, answered: promise }
  asking.on('error', () => {})
  asking.on('response', (response: IncomingMessage) => {
    follower.isAnswered = true
    response.resume().on('end', () => resolve(response))
  })
  asking.end()
  return follower
}

/** Seconds from POST /logout to the last of all the answers. */
async function timeSignOut(port: number): Promise<number> {
  const url = `http://127.0.0.1:${port}`
  const signedIn = await fetch(`${url}/signin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'user1', password: 'a plain long sentence' }),
  })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? assert.fail(`${signedIn.status}`)
  const followers = await allWait(port)
  const startedAt = performance.now()
  await fetch(`${url}/logout`, { method: 'POST', headers: { cookie } })
  const answers = await Promise.all(followers.map(({ answered }) => answered))
  const seconds = (performance.now() - startedAt) / 1000
  for (const { statusCode, headers } of answers)
    assert.deepEqual([statusCode, headers['retry-after']], [200, undefined])
  return seconds
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  folders.push(folder)
  return folder
}
