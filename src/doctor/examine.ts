import { type Config, isShared } from '../config.ts'
import type { Clock } from '../lib/clock.ts'
import { NAMES, type Name } from '../settings.ts'
import { signingOf } from '../tokens/key-life.ts'
import { judgeClocks, type Offset } from './clocks.ts'
import { judgeCookies } from './cookies.ts'
import { judgeDataFolder, lookAtDataFolder } from './data-folder.ts'
import { judgeDatabase } from './database.ts'
import type { Finding } from './finding.ts'
import { judgeKeys, keysIn, lookAtKeys } from './keys.ts'
import { type Database, lookAtDatabase } from './look-at-database.ts'
import { lookAtPublicUrl } from './look-at-public-url.ts'
import type { Redis } from './look-at-redis.ts'
import { judgeNodes, living } from './nodes.ts'
import { judgeProxies } from './proxies.ts'
import { judgePublicUrl } from './public-url.ts'
import { judgeRedis } from './redis.ts'
import { judgeSecret, lookAtSecret } from './secret.ts'
import { judgeSettings } from './settings.ts'

export type Examined = Finding & { check: string }

/** The settings, and what is wrong with them: those that a problem is about are as if nothing had been said. */
export interface Given {
  config: Config
  problems: readonly string[]
}

/** Looks at everything that a Latchkey of these settings needs, and changes nothing. In the order in which it is to be read. */
export async function examine({ config, problems }: Given, clock: Clock): Promise<Examined[]> {
  const doubtful = new Set(NAMES.filter((name) => problems.some((sentence) => isAbout(sentence, name))))
  /** What rests on a setting that is in doubt would be said about another set-up than is meant. */
  const canTell = (...names: Name[]) => names.every((name) => !doubtful.has(name))
  const { keysDir, dataDir, redisUrl, databaseUrl, publicUrl } = config

  const [database, redis, keys, reach] = await Promise.all([
    canTell('DATABASE_URL', 'DATA_DIR') ? lookAtDatabase(config, clock) : null,
    redisUrl !== null && canTell('REDIS_URL') ? lookAt(redisUrl, clock) : null,
    canTell('KEYS_DIR', 'DATA_DIR', 'KEY_LEAD') && keysDir !== null ? lookAtKeys(keysDir) : undefined,
    canTell('PUBLIC_URL', 'PORT') ? lookAtPublicUrl(publicUrl) : null,
  ])
  const now = clock.now()
  const signing = signingOf(keysIn(keys ?? null), config.keyLeadSeconds, now)
  const nodes = database?.kind === 'there' ? living(database.nodes) : null

  // In doubt, what is said of a first start is not said.
  const sharing = { isShared: isShared(config) || !canTell('DATABASE_URL', 'REDIS_URL') }

  const examined: Examined[] = []
  const add = (check: string, findings: Finding[]) =>
    examined.push(...findings.map((finding) => ({ check, ...finding })))

  add('settings', judgeSettings(problems))
  // With a database elsewhere nothing need be in the folder.
  if (dataDir !== null && databaseUrl === null && canTell('DATABASE_URL', 'DATA_DIR'))
    add('data folder', judgeDataFolder(dataDir, await lookAtDataFolder(dataDir)))
  if (database) add('database', judgeDatabase(database))
  if (redis) add('redis', judgeRedis(redis))
  if (keysDir !== null && keys !== undefined)
    add('keys', judgeKeys(keys, { ...config, keysDir, ...sharing }, now))
  if (canTell('SECRET', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL'))
    add('secret', judgeSecret(await lookAtSecret(config), sharing))
  const offsets = offsetsOf(database, redis)
  if (offsets.length > 0) add('clocks', judgeClocks(offsets))
  if (nodes) add('nodes', judgeNodes(nodes))
  if (reach) add('public url', judgePublicUrl(publicUrl, reach, signing?.published ? signing.kid : null))
  if (canTell('PUBLIC_URL', 'COOKIE_DOMAIN', 'HOST')) add('cookies', judgeCookies(config))
  if (canTell('PUBLIC_URL', 'TRUSTED_PROXIES')) add('proxies', judgeProxies(config))
  return examined
}

/** Sentences about a setting begin with its name, or with that of the file it was to be in. */
const isAbout = (sentence: string, name: Name): boolean =>
  sentence.startsWith(`${name} `) || sentence.startsWith(`${name}_FILE `)

async function lookAt(redisUrl: string, clock: Clock): Promise<Redis> {
  // Loaded only here: who does not use it need not wait for it.
  const { lookAtRedis } = await import('./look-at-redis.ts')
  return lookAtRedis(redisUrl, clock)
}

function offsetsOf(database: Database | null, redis: Redis | null): Offset[] {
  const offsets: Offset[] = []
  const compare = (whose: string, ofWhat: string, aheadSeconds: number) =>
    offsets.push({ whose, ofWhat, aheadSeconds })
  if (database?.kind === 'there') {
    compare('this machine', 'the database', database.aheadSeconds)
    for (const { name, aheadSeconds } of living(database.nodes)) compare(name, 'the database', aheadSeconds)
  }
  if (redis?.kind === 'there') compare('this machine', 'Redis', redis.aheadSeconds)
  return offsets
}
