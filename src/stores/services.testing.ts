import { freshNumber } from './services/fresh-number.testing.ts'
import { freshSchema } from './services/fresh-schema.testing.ts'
import type { Engine } from './services/keeper.testing.ts'
import { type KeptServer, keepServer } from './services/kept.testing.ts'

export { emptySchema, freshDatabase, having, onPostgres } from './services/fresh-schema.testing.ts'

/**
 * For tests only: the real Postgres and the real Redis. `npm run unit` starts one of each for all test files and hands them
 * down as TEST_POSTGRES_URL and TEST_REDIS_URL, which may also name servers that are there already (of Redis one with
 * `--databases 10000`); a file that is run by itself starts its own.
 */
export interface TestService {
  url: string
  /** The URL of an empty one on the same server: a schema of Postgres, a numbered database of Redis. */
  fresh(): Promise<string>
}

/** Why a suite is skipped. */
export const LEFT_OUT = { postgres: 'Postgres is not installed here', redis: 'Redis is not installed here' }

/** Null when it is not installed; with CI=true that is an error. */
export const testPostgres = () => service('postgres', 'TEST_POSTGRES_URL', freshSchema)
export const testRedis = () => service('redis', 'TEST_REDIS_URL', freshNumber)

/** A server that this test file may stop and start again; null when the engine is not installed. */
export const ownServer = (engine: Engine): Promise<KeptServer | null> => keepServer(engine)

const urls = new Map<Engine, Promise<string | null>>()

async function service(
  engine: Engine,
  variable: string,
  fresh: (url: string) => Promise<string>,
): Promise<TestService | null> {
  const found = urls.get(engine) ?? find(engine, process.env[variable])
  urls.set(engine, found)
  const url = await found
  if (url === null && process.env.CI === 'true') throw new Error(LEFT_OUT[engine])
  return url === null ? null : { url, fresh: () => fresh(url) }
}

async function find(engine: Engine, given: string | undefined): Promise<string | null> {
  // Empty: the run has looked, and there is none.
  if (given !== undefined) return given || null
  return (await keepServer(engine))?.url ?? null
}
