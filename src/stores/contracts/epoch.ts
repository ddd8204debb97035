import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OpenedSessions } from './session-store.ts'

const NOW = 1_800_000_000

/** The part of the session store's contract that is about its epoch. */
export function epochContract(name: string, open: () => Promise<OpenedSessions>, leadSeconds: number): void {
  describe(`the epoch in ${name}`, () => {
    it(`is made when it is asked for, begins ${leadSeconds ? `${leadSeconds} s later` : 'then'}, and is the same ever after`, async (t) => {
      const { sessions, close } = await open()
      t.after(close)
      const epoch = await sessions.epoch(NOW)
      assert.equal(epoch.at, NOW + leadSeconds)
      assert.match(epoch.id, /^[\w-]{22}$/)
      for (const later of [NOW, NOW + 1, NOW - 500]) assert.deepEqual(await sessions.epoch(later), epoch)
    })

    it('is one of twenty that are asked for at once', async (t) => {
      const { sessions, close } = await open()
      t.after(close)
      const asked = Array.from({ length: 20 }, (_, n) => sessions.epoch(NOW + n))
      const ids = (await Promise.all(asked)).map(({ id, at }) => `${id} ${at}`)
      assert.equal(new Set(ids).size, 1)
    })

    it('is another in another store', async (t) => {
      const [one, other] = [await open(), await open()]
      t.after(() => Promise.all([one.close(), other.close()]))
      assert.notEqual((await one.sessions.epoch(NOW)).id, (await other.sessions.epoch(NOW)).id)
    })
  })
}
