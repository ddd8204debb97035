import { join } from 'node:path'
import { Client } from 'pg'
import { newSecret } from '../src/lib/ids.ts'
import type { Keepable } from '../src/stores/services/keeper.testing.ts'
import { keepServer } from '../src/stores/services/kept.testing.ts'
import { addFirstKeyFile } from '../src/tokens/key-files.ts'

/** A database server of its own, with room for several sites. It goes with this process, in whatever way that ends. */
export interface EngineProcess {
  /** The URL of an empty place on it: a database of Postgres, a numbered one of Redis. */
  fresh(): Promise<string>
  end(): Promise<void>
}

/** Starts one; null when it is not installed here. */
export async function startEngine(engine: Keepable): Promise<EngineProcess | null> {
  const server = await keepServer(engine)
  if (!server) return null
  const isPostgres = engine.endsWith('postgres')
  let places = 0
  return {
    async fresh() {
      const own = new URL(server.url)
      places++
      own.pathname = isPostgres ? `/bench_${places}` : `/${places}`
      if (isPostgres) await onPostgres(server.url, `create database bench_${places}`)
      return own.href
    },
    end: () => server.end(),
  }
}

async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** What every node of a site is told that keeps its things there. Its keys are in `folder`. */
export async function siteSettings(
  folder: string,
  stores: { DATABASE_URL?: string; REDIS_URL?: string },
): Promise<Record<string, string>> {
  const KEYS_DIR = join(folder, 'keys')
  await addFirstKeyFile(KEYS_DIR, 'ES256')
  return { ...stores, KEYS_DIR, SECRET: newSecret() + newSecret() }
}
