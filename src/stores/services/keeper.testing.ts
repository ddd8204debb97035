import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from './postgres.testing.ts'
import { startRedis } from './redis.testing.ts'
import type { Server } from './server.testing.ts'

/**
 * For tests only: a process of its own that keeps one database server and its folder, and ends both when whoever asked for
 * it is gone, in whatever way: the channel between them closes then.
 */

const durable = { isDurable: true }
const STARTERS = {
  postgres: (folder: string) => startPostgres(folder),
  redis: (folder: string) => startRedis(folder),
  'durable-postgres': (folder: string) => startPostgres(folder, durable),
  'durable-redis': (folder: string) => startRedis(folder, durable),
}
export type Engine = 'postgres' | 'redis'
/** One for tests, or one that waits for the disk. */
export type Keepable = keyof typeof STARTERS

/** What the keeper is told, and what it answers. */
export type Order = 'start' | 'stop'
export type Answer = { url: string | null } | { error: string }

async function keep(engine: Keepable): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${engine}-`))
  let server: Server | null = null
  let work = Promise.resolve()

  const answer = (text: Answer) => process.connected && process.send?.(text)
  const inTurn = (job: () => Promise<unknown>) => {
    work = work
      .then(job)
      .then(() => answer({ url: server?.url ?? null }))
      .then(() => {})
      .catch((error: Error) => void answer({ error: error.message }))
    return work
  }
  const end = async () => {
    await work
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
    process.exit()
  }
  process.once('disconnect', end)
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  process.on('message', (order: Order) => inTurn(async () => server?.[order]()))
  await inTurn(async () => {
    server = await STARTERS[engine](folder)
  })
}

if (import.meta.main) await keep(process.argv[2] as Keepable)
