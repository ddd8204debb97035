import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { openDeps } from '../src/deps.ts'
import { testConfig } from '../src/testing.ts'
import { USER } from './browser.ts'

/** Where to begin sessions: as the settings of a node, which runs beside this process. */
export interface Where {
  folder: string
  dataDir: string
  databaseUrl: string | null
  redisUrl: string | null
  keysDir: string
}

/** So many sign-ins whose password was checked already, a few at once. */
export interface Beginnings {
  times: number
  atOnce: number
}

/** How long they took, and the CPU time of this process, in seconds. */
export interface Begun {
  seconds: number
  cpuSeconds: number
}

// A process of its own, started by sign-ins.ts: a node without HTTP, that asks nobody for a password.
const [{ folder, ...stores }] = (await once(process, 'message')) as [Where]
const log = pino(pino.destination({ dest: join(folder, 'beginner.log'), sync: false, minLength: 16_000 }))
const { accounts, sessions } = await openDeps(testConfig(stores), log)
const user = (await accounts.findByName(USER.username)) ?? assert.fail('there is no account')

process.on('message', async ({ times, atOnce }: Beginnings) => {
  let left = times
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  const begin = async () => {
    while (left-- > 0) {
      const device = { device: 'curl', address: '127.0.0.1' }
      assert.ok(await sessions.start(user, { carrier: 'bearer', remember: true }, device))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, begin))
  const cpu = process.cpuUsage(before)
  const begun: Begun = {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1_000_000,
  }
  process.send?.(begun)
})
process.once('disconnect', () => process.exit())
process.send?.('ready')
