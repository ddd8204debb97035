import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AuditEntry } from '../../audit/event.ts'
import { testUser } from '../../vectors/records.testing.ts'
import type { Stores } from '../open.ts'

const NOW = 1_800_000_000

const entry = (overrides: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ at: NOW, event: 'session.ended', userId: 'user', sid: 'sid', address: '192.0.2.1', reason: null },
  ...overrides,
})

/** What every engine must do that takes in what another database had. `open` gives an empty one. */
export function intakeContract(name: string, open: () => Promise<Stores>): void {
  async function opened(t: TestContext): Promise<Stores> {
    const stores = await open()
    t.after(stores.close)
    return stores
  }
  const allOf = async ({ audit }: Stores) => (await Array.fromAsync(audit.pages())).flat()

  describe(`taking in another database in ${name}`, () => {
    it('keeps users as they were, and entries in their order, and voids the setup code', async (t) => {
      const stores = await opened(t)
      await stores.users.setSetupCode('code')
      const user = testUser({ email: 'ada@example.org', revision: 7, createdAt: 1, status: 'disabled' })
      const entries = [entry({ at: NOW + 9 }), entry(), entry({ userId: null, sid: null, address: null })]
      const added = await stores.takeIn(async ({ users, addEntries }) => {
        assert.equal(await users.any(), false)
        assert.equal(await users.insert(user), true)
        return addEntries(entries, { unlessThere: false })
      })
      assert.equal(added, 3)
      assert.deepEqual(await stores.users.list(), [user])
      assert.deepEqual(await allOf(stores), entries)
      assert.equal(await stores.users.isSetupCode('code'), false)
    })

    it('keeps nothing when it is not done to its end', async (t) => {
      const stores = await opened(t)
      await stores.users.setSetupCode('code')
      const failure = new Error('a bad line')
      const taking = stores.takeIn(async ({ users, addEntries }) => {
        await users.insert(testUser())
        await addEntries([entry()], { unlessThere: false })
        throw failure
      })
      await assert.rejects(taking, failure)
      assert.deepEqual([await stores.users.any(), await allOf(stores)], [false, []])
      assert.equal(await stores.users.isSetupCode('code'), true)
    })

    it('says that a username is taken, and goes on', async (t) => {
      const stores = await opened(t)
      await stores.takeIn(async ({ users }) => {
        assert.equal(await users.insert(testUser({ username: 'Ada' })), true)
        assert.equal(await users.insert(testUser({ username: 'ADA' })), false)
        assert.equal(await users.insert(testUser({ username: 'bob' })), true)
      })
      assert.deepEqual(
        (await stores.users.list()).map(({ username }) => username),
        ['Ada', 'bob'],
      )
    })

    it('leaves out entries that were there before, and none that it has just added', async (t) => {
      const stores = await opened(t)
      const [there, twice, differing] = [entry(), entry({ at: NOW + 1 }), entry({ reason: 'signed-out' })]
      await stores.audit.insert([there])
      const given = [there, twice, differing, twice]
      const added = await stores.takeIn(async ({ addEntries }) => [
        await addEntries(given, { unlessThere: true }),
        await addEntries([twice], { unlessThere: true }),
      ])
      assert.deepEqual(added, [3, 1])
      assert.deepEqual(await allOf(stores), [there, twice, differing, twice, twice])
      assert.equal(await stores.takeIn(({ addEntries }) => addEntries(given, { unlessThere: true })), 0)
    })

    it('adds no entries where there are none to add', async (t) => {
      const stores = await opened(t)
      assert.equal(await stores.takeIn(({ addEntries }) => addEntries([], { unlessThere: true })), 0)
    })
  })
}
