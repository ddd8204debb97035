import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { User } from '../../accounts/user.ts'
import type { UserStore } from '../../accounts/user-store.ts'
import { newId } from '../../lib/ids.ts'
import { testUser } from '../../vectors/records.testing.ts'

export interface OpenedUsers {
  users: UserStore
  close(): Promise<void>
}

const twenty = <T>(attempt: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: 20 }, (_, index) => attempt(index)))
const winners = (results: boolean[]) => results.filter(Boolean).length
const full = (): User =>
  testUser({
    ...{
      username: 'Zoë.O-Neil@x',
      email: 'zoe@example.test',
      phone: '+49 30 1',
      name: "Zoë O'Neil \u{1f600}",
    },
    ...{ role: 'admin', status: 'disabled', revision: 7 },
  })

/** What every engine that keeps users must do. `open` gives an empty one. */
export function userStoreContract(name: string, open: () => Promise<OpenedUsers>): void {
  async function opened(t: TestContext): Promise<UserStore> {
    const { users, close } = await open()
    t.after(close)
    return users
  }

  describe(`users in ${name}`, () => {
    it('are found as they were added, by id and by name', async (t) => {
      const users = await opened(t)
      assert.equal(await users.any(), false)
      for (const user of [full(), testUser()]) {
        assert.equal(await users.insert(user), true)
        assert.deepEqual(await users.find(user.id), user)
      }
      assert.equal(await users.any(), true)
      assert.equal((await users.findByKey('zoë.o-neil@x'))?.username, 'Zoë.O-Neil@x')
    })

    it('that are not there are null', async (t) => {
      const users = await opened(t)
      for (const id of ['', newId(), "x' OR '1'='1", 'a\0b', '\0']) {
        assert.equal(await users.find(id), null)
        assert.equal(await users.findByKey(id), null)
        assert.equal(await users.update(id, { name: 'x' }), null)
        assert.equal(await users.delete(id), false)
      }
    })

    it('are listed by name, without case', async (t) => {
      const users = await opened(t)
      for (const username of ['b', 'C', 'a', 'B2']) await users.insert(testUser({ username }))
      assert.deepEqual(
        (await users.list()).map((user) => user.username),
        ['a', 'b', 'B2', 'C'],
      )
    })

    it('have one name each, without case', async (t) => {
      const users = await opened(t)
      const first = testUser({ username: 'Ängström' })
      assert.equal(await users.insert(first), true)
      for (const username of ['Ängström', 'ängström', 'ÄNGSTRÖM', 'A\u0308ngstro\u0308m']) {
        assert.equal(await users.insert(testUser({ username })), false)
      }
      assert.deepEqual(await users.list(), [first])
    })

    it('of twenty with one name at once, one is added', async (t) => {
      const users = await opened(t)
      assert.equal(winners(await twenty(() => users.insert(testUser()))), 1)
      assert.equal((await users.list()).length, 1)
    })

    it('change in what is changed, and in nothing else', async (t) => {
      const users = await opened(t)
      const [user, other] = [full(), testUser()]
      await users.insert(user)
      await users.insert(other)
      const change = { email: null, name: 'Zoe', role: 'user', status: 'active', passwordHash: 'h' } as const
      assert.deepEqual(await users.update(user.id, change), { ...user, ...change })
      assert.deepEqual(await users.update(user.id, {}), { ...user, ...change })
      assert.deepEqual(await users.find(user.id), { ...user, ...change })
      assert.deepEqual(await users.find(other.id), other)
    })

    it('have a revision that twenty changes at once raise by twenty', async (t) => {
      const users = await opened(t)
      const user = testUser()
      await users.insert(user)
      await twenty((index) => users.update(user.id, { name: `${index}` }, { raiseRevision: true }))
      await users.update(user.id, { name: 'x' }, { raiseRevision: false })
      assert.equal((await users.find(user.id))?.revision, 20)
    })

    it('change only while they have the revision that was asked for, once of twenty at once', async (t) => {
      const users = await opened(t)
      const user = testUser({ revision: 3 })
      await users.insert(user)
      for (const ifRevision of [2, 4])
        assert.equal(await users.update(user.id, { name: 'x' }, { raiseRevision: true, ifRevision }), null)
      assert.deepEqual(await users.find(user.id), user)
      const changes = await twenty((index) =>
        users.update(user.id, { name: `${index}` }, { raiseRevision: true, ifRevision: 3 }),
      )
      assert.equal(changes.filter(Boolean).length, 1)
      assert.equal((await users.find(user.id))?.revision, 4)
    })

    it('get a new hash only in the place of the old one', async (t) => {
      const users = await opened(t)
      const user = testUser({ passwordHash: 'old' })
      await users.insert(user)
      await users.replaceHash(user.id, 'another', 'late')
      assert.equal((await users.find(user.id))?.passwordHash, 'old')
      await users.replaceHash(user.id, 'old', 'new')
      assert.deepEqual(await users.find(user.id), { ...user, passwordHash: 'new' })
    })

    it('are deleted once, and their name is free again', async (t) => {
      const users = await opened(t)
      const user = testUser()
      await users.insert(user)
      assert.equal(winners(await twenty(() => users.delete(user.id))), 1)
      assert.equal(await users.find(user.id), null)
      assert.equal(await users.insert(testUser()), true)
    })
  })

  describe(`the setup code in ${name}`, () => {
    it('is the last one that was set', async (t) => {
      const users = await opened(t)
      assert.equal(await users.isSetupCode('a'), false)
      await users.setSetupCode('a')
      await users.setSetupCode('b')
      assert.deepEqual([await users.isSetupCode('a'), await users.isSetupCode('b')], [false, true])
      assert.equal(await users.isSetupCode(''), false)
    })

    it('voids the setup code with the first user, whoever made it, and for good', async (t) => {
      const users = await opened(t)
      await users.setSetupCode('a')
      const user = testUser()
      await users.insert(user)
      await users.delete(user.id)
      assert.equal(await users.isSetupCode('a'), false)
      assert.equal(await users.insertFirst(testUser(), 'a'), false)
    })

    it('makes no user when it is wrong, and is not used up by that', async (t) => {
      const users = await opened(t)
      await users.setSetupCode('a')
      assert.equal(await users.insertFirst(testUser(), 'b'), false)
      assert.equal(await users.any(), false)
      const user = full()
      assert.equal(await users.insertFirst(user, 'a'), true)
      assert.deepEqual(await users.find(user.id), user)
      assert.equal(await users.isSetupCode('a'), false)
    })

    it('makes no user where there is one', async (t) => {
      const users = await opened(t)
      await users.setSetupCode('a')
      await users.insert(testUser())
      assert.equal(await users.insertFirst(testUser({ username: 'first' }), 'a'), false)
      assert.equal((await users.list()).length, 1)
    })

    it('makes one user, of twenty at once (GHSA-7w99-5wm4-3g79)', async (t) => {
      const users = await opened(t)
      await users.setSetupCode('a')
      const results = await twenty((n) => users.insertFirst(testUser({ username: `user${n}` }), 'a'))
      assert.equal(winners(results), 1)
      assert.equal((await users.list()).length, 1)
    })
  })
}
