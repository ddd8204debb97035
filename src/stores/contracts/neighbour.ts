import { parentPort, workerData } from 'node:worker_threads'
import { newId } from '../../lib/ids.ts'
import { testSession, testUser } from '../../vectors/records.testing.ts'
import { openStores, type StoreSettings } from '../open.ts'

/** For tests only: another process on the same database, as a worker thread that does one job and tells what came of it. */
export interface Job {
  settings: StoreSettings
  do: 'open' | 'write' | 'end' | 'end-all' | 'rotate' | 'insert-first' | 'epoch'
  /** Of sessions it is about. */
  sids?: string[]
}

const job = workerData as Job
const NOW = 1_800_000_000
const TIMES = 40

const work: Record<Job['do'], () => Promise<unknown>> = {
  async open() {
    await (await openStores(job.settings)).close()
    return 'opened'
  },
  async write() {
    const { users, sessions, close } = await openStores(job.settings)
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
    const { sessions, close } = await openStores(job.settings)
    const won: string[] = []
    for (const sid of job.sids ?? []) if (await sessions.end(sid, 'signed-out', NOW)) won.push(sid)
    await close()
    return won
  },
  async 'end-all'() {
    const { sessions, close } = await openStores(job.settings)
    const ended = await sessions.endAll('user', 'disabled', NOW, { expiringAfter: 0 })
    await close()
    return ended.map(({ sid }) => sid)
  },
  async rotate() {
    const { sessions, close } = await openStores(job.settings)
    const to = { currentHash: newId(), previousHash: 'current', expiresAt: NOW + 900 }
    const rotated = await Promise.all((job.sids ?? []).map((sid) => sessions.rotate(sid, 0, to, NOW)))
    await close()
    return rotated.flatMap((session) => session?.sid ?? [])
  },
  async 'insert-first'() {
    const { users, close } = await openStores(job.settings)
    const won = await users.insertFirst(testUser({ username: newId() }), 'code')
    await close()
    return won
  },
  async epoch() {
    const { sessions, close } = await openStores(job.settings)
    const epoch = await sessions.epoch(NOW)
    await close()
    return epoch.id
  },
}

parentPort?.postMessage(await work[job.do]())
