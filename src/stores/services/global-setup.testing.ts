import { fileURLToPath } from 'node:url'
import { installMissing } from './install.testing.ts'
import type { Engine } from './keeper.testing.ts'
import { type KeptServer, keepServer } from './kept.testing.ts'

/**
 * For tests only, as `--test-global-setup`: one server of each engine for the whole run, handed down by environment, and a
 * cache of what the files' processes all load.
 */

const SERVICES = [
  { engine: 'postgres', name: 'Postgres', variable: 'TEST_POSTGRES_URL' },
  { engine: 'redis', name: 'Redis', variable: 'TEST_REDIS_URL' },
] as const satisfies { engine: Engine; name: string; variable: string }[]

const kept: KeptServer[] = []
const leftOut: string[] = []

const say = (text: string) => process.stdout.write(`${text}\n`)

export async function globalSetup(): Promise<void> {
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL('../../../node_modules/.cache/tests', import.meta.url),
  )
  const wanted = SERVICES.filter(({ variable }) => !process.env[variable])
  if (wanted.length > 0) installMissing(say)
  await Promise.all(
    wanted.map(async ({ engine, name, variable }) => {
      const server = await keepServer(engine)
      if (server) kept.push(server)
      else leftOut.push(name)
      // Empty: it was looked for, and is not there.
      process.env[variable] = server?.url ?? ''
    }),
  )
  if (leftOut.length > 0 && process.env.CI === 'true')
    throw new Error(`${leftOut.join(' and ')} must be installed for the tests.`)
}

export async function globalTeardown(): Promise<void> {
  await Promise.all(kept.map((server) => server.end()))
  if (leftOut.length > 0)
    say(`Left out, for it is not installed here: the tests on ${leftOut.join(' and ')}.`)
}
