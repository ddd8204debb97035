import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/lib/clock.ts'
import { startEngine } from './engines.ts'
import { fill } from './fill.ts'
import { OPERATIONS, type Operation, operationsOn } from './operations.ts'
import { mark, median, row } from './report.ts'
import {
  type OpenedSessions,
  openPostgresSessions,
  openRedisSessions,
  openSqliteSessions,
} from './session-stores.ts'

// How the cost of one operation on a session store grows with the sessions in it, on each engine.
// docs/performance.md says what is measured and how. The marks are printed; a missed one does not fail the run.

const [FEW, MANY] = [1000, 100_000]
const ROUNDS = 25
const TIMES = 20
const MICROSECONDS = 1000

const MOST_GROWTH = 1.5

interface Growth {
  few: number
  many: number
  ratio: number
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const [postgres, redis] = await Promise.all([startEngine('durable-postgres'), startEngine('redis')])
try {
  process.stdout.write(
    `\nOne operation with ${FEW} and with ${MANY} sessions in the store, in microseconds: ${ROUNDS} rounds of ${TIMES} in turn. Medians of the rounds' lower quartiles.\n`,
  )
  await report('SQLite', (name) => openSqliteSessions(join(folder, name)))
  if (postgres) await report('Postgres', async () => openPostgresSessions(await postgres.fresh()))
  else process.stdout.write('\nPostgres: left out, for it is not installed here.\n')
  if (redis) await report('Redis', async () => openRedisSessions(await redis.fresh()))
  else process.stdout.write('\nRedis: left out, for it is not installed here.\n')
} finally {
  await Promise.all([postgres?.end(), redis?.end()])
  rmSync(folder, { recursive: true, force: true })
}

async function report(engine: string, open: (name: string) => Promise<OpenedSessions>): Promise<void> {
  const stores = [await open('few'), await open('many')] as const
  const growths = await measure(stores[0], stores[1])
  await Promise.all(stores.map((store) => store.close()))
  process.stdout.write(
    [
      `\n${row(engine, `${FEW}`, `${MANY}`, 'growth')}`,
      ...growths.map(([operation, { few, many, ratio }]) =>
        row(operation, few.toFixed(0), many.toFixed(0), ratio.toFixed(2)),
      ),
      mark(
        `${engine}, the most that any grows`,
        Math.max(...growths.map(([, { ratio }]) => ratio)),
        MOST_GROWTH,
        '',
      ),
    ].join(''),
  )
}

async function measure(few: OpenedSessions, many: OpenedSessions): Promise<[Operation, Growth][]> {
  // Stands still, so that no session is over before its turn.
  const now = systemClock.now()
  const prepare = async ({ store, settle }: OpenedSessions, count: number) => {
    const live = await fill(store, count, now)
    await settle()
    return operationsOn(store, live, now)
  }
  const [onFew, onMany] = [await prepare(few, FEW), await prepare(many, MANY)]
  const growths: [Operation, Growth][] = []
  for (const operation of OPERATIONS) {
    const rounds: { few: number; many: number }[] = []
    // The first is not counted.
    for (let n = 0; n <= ROUNDS; n++) {
      const round = await timeInTurn(onFew[operation], onMany[operation])
      if (n > 0) rounds.push(round)
    }
    growths.push([
      operation,
      {
        few: median(rounds.map((r) => r.few)),
        many: median(rounds.map((r) => r.many)),
        ratio: median(rounds.map((r) => r.many / r.few)),
      },
    ])
  }
  return growths
}

/** Microseconds of one on each: of some in turn the lower quartile, for what took longer has waited for the processor too. */
async function timeInTurn(onFew: () => Promise<void>, onMany: () => Promise<void>) {
  const [few, many]: [number[], number[]] = [[], []]
  for (let n = 0; n < TIMES; n++) {
    few.push(await time(onFew))
    many.push(await time(onMany))
  }
  return { few: lowerQuartile(few), many: lowerQuartile(many) }
}

async function time(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) * MICROSECONDS
}

function lowerQuartile(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 4)] ?? Number.NaN
}
