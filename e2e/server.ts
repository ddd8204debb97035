import { pino } from 'pino'
import { type Deps, openDeps } from '../src/deps.ts'
import { freePort } from '../src/free-port.testing.ts'
import { manualClock, systemClock } from '../src/lib/clock.ts'
import { type RunningServer, startServer } from '../src/server.ts'
import type { EndReason } from '../src/sessions/session.ts'
import type { Beginning } from '../src/sessions/sessions.ts'
import { testConfig } from '../src/testing.ts'
import { obey } from './obey.ts'

/** A program that opens a whole new Latchkey, in memory and with a clock that stands still, as often as a test asks for one. */

/** What a test may set. */
export interface Settings {
  demo?: boolean
  sessionMaxAgeSeconds?: number
  rememberMaxAgeSeconds?: number
  corsOrigins?: string[]
}

const FROM = { address: null }

let clock = manualClock(0)
let deps: Deps
let server: RunningServer
const log = pino({ level: 'error' }, pino.destination({ fd: 2, sync: true }))

/** What the test can make happen behind the browser's back. */
const commands = {
  async open(settings: Settings) {
    // The real time of day, so that what pages say and how long cookies last is what people see.
    clock = manualClock(systemClock.now())
    const port = await freePort()
    const url = `http://localhost:${port}`
    deps = await openDeps(testConfig({ port, publicUrl: url, ...settings }), log, clock)
    server = await startServer(deps)
    return { url }
  },
  async close() {
    await server.stop()
    await deps.close()
  },
  now: async () => clock.now(),
  advance: async (seconds: number) => clock.advance(seconds),
  addUser: async (username: string, password: string) =>
    (await deps.accounts.add({ username, password }, FROM)).kind,
  /** A sign-in of another device, or of a script. */
  async startSession(username: string, beginning: Beginning, from: { device: string; address: string }) {
    const user = await deps.accounts.findByName(username)
    return user ? (await deps.sessions.start(user, beginning, from))?.claims.sid : undefined
  },
  setupCode: async () => deps.setup.open(),
  async endSessions(username: string, reason: EndReason) {
    const user = await deps.accounts.findByName(username)
    return user ? deps.endings.allOf(user.id, reason, FROM) : 0
  },
  async disableUser(username: string) {
    const user = await deps.accounts.findByName(username)
    return user ? (await deps.accounts.change(user, { status: 'disabled' }, FROM))?.status : undefined
  },
  /** From here to `listen` nobody answers on the port. */
  hangUp: async () => server.stop(),
  async listen(): Promise<void> {
    server = await startServer(deps)
  },
}

export type Commands = typeof commands
obey(commands)
