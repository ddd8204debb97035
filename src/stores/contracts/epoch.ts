import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MARK_KEPT_SECONDS, type Mark } from '../../sessions/session-store.ts'
import type { OpenedSessions } from './session-store.ts'

const NOW = 1_800_000_000

/** The part of the session store's contract that is about its epoch, and the marks that tell whether it was put back. */
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

    it('is another once it was renewed, two seconds later, and one of twenty that do so at once', async (t) => {
      const { sessions, close } = await open()
      t.after(close)
      const { id } = await sessions.epoch(NOW)
      const renewals = Array.from({ length: 20 }, () => sessions.renewEpoch(id, NOW + 60))
      const renewed = await Promise.all(renewals)
      assert.equal(new Set(renewed.map((epoch) => epoch.id)).size, 1)
      assert.notEqual(renewed[0]?.id, id)
      assert.equal(renewed[0]?.at, NOW + 62)
      assert.deepEqual(await sessions.epoch(NOW + 90), renewed[0])
      // Who comes with the old one is too late.
      assert.deepEqual(await sessions.renewEpoch(id, NOW + 90), renewed[0])
    })

    it('is another in another store', async (t) => {
      const [one, other] = [await open(), await open()]
      t.after(() => Promise.all([one.close(), other.close()]))
      assert.notEqual((await one.sessions.epoch(NOW)).id, (await other.sessions.epoch(NOW)).id)
    })
  })

  describe(`the marks in ${name}`, () => {
    const mark = (id: string, age = 0): Mark => ({ id, at: NOW - age })

    it('are there until they are too old, which is no loss', async (t) => {
      const { sessions, close } = await open()
      t.after(close)
      const [first, second] = [mark('first', MARK_KEPT_SECONDS), mark('second')]
      assert.equal(await sessions.mark(first, null), true)
      assert.equal(await sessions.mark(second, first), true)
      assert.equal(await sessions.hasLost(first), false)
      const third = { id: 'third', at: NOW + 1 }
      assert.equal(await sessions.mark(third, second), true)
      // The first one was forgotten with that: nobody can tell any more whether it was there.
      assert.equal(await sessions.mark(mark('fourth'), first), false)
      for (const one of [first, second, third]) assert.equal(await sessions.hasLost(one), false)
    })

    it('are left after one that is there only', async (t) => {
      const { sessions, close } = await open()
      t.after(close)
      assert.equal(await sessions.mark(mark('first'), mark('nowhere')), false)
      assert.equal(await sessions.hasLost(mark('first')), true)
      assert.equal(await sessions.mark(mark('first'), null), true)
      assert.equal(await sessions.mark(mark('second'), mark('first')), true)
    })

    it('are lost when an older one, or none, is there', async (t) => {
      const { sessions, close } = await open()
      t.after(close)
      assert.equal(await sessions.hasLost(mark('lost')), true)
      await sessions.mark(mark('before', 10), null)
      for (const [age, isLost] of [
        [9, true],
        [10, true],
        [11, false],
      ] as const)
        assert.equal(await sessions.hasLost(mark('lost', age)), isLost, `${age}`)
    })
  })
}
