import { parentPort, workerData } from 'node:worker_threads'
import { newId } from '../../lib/ids.ts'
import { testSession, testUser } from '../../vectors/records.testing.ts'
import { openStores } from '../open.ts'

/** For tests only: another process on the same database, as a worker thread that does one job and tells what came of it. */
export interface Job {
  dataDir: string
  do: 'open' | 'write' | 'end' | 'insert-first'
  sids?: string[]
}

const job = workerData as Job
const NOW = 1_800_000_000
const TIMES = 40

const work: Record<Job['do'], () => Promise<unknown>> = {
  async open() {
    await (await openStores(job)).close()
    return 'opened'
  },
  async write() {
    const { users, sessions, close } = await openStores(job)
    for (let i = 0; i < TIMES; i++) {
      const session = testSession()
      await users.insert(testUser({ username: newId() }))
      await sessions.insert(session)
      await sessions.end(session.sid, 'signed-out', NOW)
    }
    await close()
    return TIMES
  },
  async end() {
    const { sessions, close } = await openStores(job)
    const won: string[] = []
    for (const sid of job.sids ?? []) if (await sessions.end(sid, 'signed-out', NOW)) won.push(sid)
    await close()
    return won
  },
  async 'insert-first'() {
    const { users, close } = await openStores(job)
    const won = await users.insertFirst(testUser({ username: newId() }), 'code')
    await close()
    return won
  },
}

parentPort?.postMessage(await work[job.do]())
