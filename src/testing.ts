import { BlockList } from 'node:net'
import { pino } from 'pino'
import type { Config } from './config.ts'
import { type Deps, openDeps } from './deps.ts'
import { manualClock } from './lib/clock.ts'

/** For tests only: a whole Latchkey in memory, with a clock that the test moves and a log that it can read. */

export const START = 1_800_000_000
export const GOOD_PASSWORD = 'a plain long sentence'

export const testConfig = (overrides: Partial<Config> = {}): Config => ({
  host: '127.0.0.1',
  port: 0,
  publicUrl: 'https://auth.example.test',
  dataDir: null,
  databaseUrl: null,
  redisUrl: null,
  keysDir: null,
  keyLeadSeconds: 300,
  tokenAlg: 'ES256',
  secret: new TextEncoder().encode('thirty-two bytes, known to tests'),
  tokenTtlSeconds: 300,
  apiTokenTtlSeconds: 900,
  refreshWindowSeconds: 30,
  refreshTtlSeconds: 7 * 86_400,
  sessionMaxAgeSeconds: 12 * 3600,
  rememberMaxAgeSeconds: 30 * 86_400,
  longestTokenLifeSeconds: 900,
  tokenAudiences: [overrides.publicUrl ?? 'https://auth.example.test'],
  tokenClaims: [],
  cookieDomain: null,
  returnTo: [],
  corsOrigins: [],
  trustedProxies: new BlockList(),
  passwordMinLength: 15,
  auditKeepSeconds: 90 * 86_400,
  metricsToken: null,
  metricsPort: null,
  logLevel: 'trace',
  hashConcurrency: 2,
  demo: false,
  ...overrides,
})

export async function testDeps(overrides: Partial<Config> = {}) {
  const config = testConfig(overrides)
  const clock = manualClock(START)
  const logged: string[] = []
  const log = pino({ level: config.logLevel }, { write: (line: string) => logged.push(line) })
  const deps: Deps = await openDeps(config, log, clock)
  return { deps, clock, logged }
}
