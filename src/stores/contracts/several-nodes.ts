import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { newId } from '../../lib/ids.ts'
import { testSession } from '../../vectors/records.testing.ts'
import { openStores, type StoreSettings } from '../open.ts'
import type { Job } from './neighbour.ts'

/** Where several nodes keep things together. */
export interface Place {
  settings: StoreSettings
  /** How many migrations its tables say they have had. */
  countMigrations(): Promise<number>
}

const NOW = 1_800_000_000
const refresh = { salt: 'salt', rotation: 0, currentHash: 'current', previousHash: null, rotatedAt: NOW }

/** What every engine must do for several nodes that share it. `newPlace` gives an empty one. */
export function severalNodesContract(name: string, newPlace: (t: TestContext) => Promise<Place>): void {
  /** Another node at work, in a thread of its own. */
  const neighbour = <T>(settings: StoreSettings, job: Omit<Job, 'settings'>): Promise<T> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('neighbour.ts', import.meta.url), {
        workerData: { ...job, settings } satisfies Job,
      })
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error('the neighbour told nothing')))
    })
  const neighbours = <T>(settings: StoreSettings, job: Omit<Job, 'settings'>, count = 4): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, () => neighbour<T>(settings, job)))

  /** A place that holds so many sessions of one user, each with a refresh token. */
  async function holding(t: TestContext, count: number) {
    const { settings } = await newPlace(t)
    const { sessions, close } = await openStores(settings)
    const sids = Array.from({ length: count }, newId)
    for (const sid of sids) await sessions.insert(testSession({ sid, refresh }))
    await close()
    return { settings, sids }
  }

  describe(`several nodes on ${name}`, () => {
    it('migrate it once, when they open it at the same time', async (t) => {
      const { settings, countMigrations } = await newPlace(t)
      const opened = await neighbours(settings, { do: 'open' })
      assert.deepEqual(opened, ['opened', 'opened', 'opened', 'opened'])
      const alone = await newPlace(t)
      await (await openStores(alone.settings)).close()
      assert.equal(await countMigrations(), await alone.countMigrations())
    })

    it('write at the same time, and nothing is lost', async (t) => {
      const { settings } = await holding(t, 0)
      const written = await neighbours<number>(settings, { do: 'write' }, 2)
      const total = written.reduce((sum, n) => sum + n, 0)
      const { users, sessions, close } = await openStores(settings)
      assert.equal((await users.list()).length, total)
      assert.equal((await sessions.revocations(0)).length, total)
      await close()
    })

    it('end each session once', async (t) => {
      const { settings, sids } = await holding(t, 20)
      const won = await neighbours<string[]>(settings, { do: 'end', sids })
      assert.deepEqual(won.flat().toSorted(), sids.toSorted())
    })

    it('end all sessions of a user once each', async (t) => {
      // More than one statement ends.
      const { settings, sids } = await holding(t, 600)
      const won = await neighbours<string[]>(settings, { do: 'end-all' })
      assert.deepEqual(won.flat().toSorted(), sids.toSorted())
    })

    it('rotate each refresh token once', async (t) => {
      const { settings, sids } = await holding(t, 20)
      const won = await neighbours<string[]>(settings, { do: 'rotate', sids })
      assert.deepEqual(won.flat().toSorted(), sids.toSorted())
    })

    it('have one epoch, whoever asks first', async (t) => {
      const { settings } = await newPlace(t)
      assert.equal(new Set(await neighbours<string>(settings, { do: 'epoch' })).size, 1)
    })

    it('make one first account', async (t) => {
      const { settings } = await newPlace(t)
      const { users, close } = await openStores(settings)
      await users.setSetupCode('code')
      await close()
      const won = await neighbours<boolean>(settings, { do: 'insert-first' })
      assert.equal(won.filter(Boolean).length, 1)
    })
  })
}
