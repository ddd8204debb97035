import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { openStores } from '../stores/open.ts'
import { START } from '../testing.ts'
import { testUser } from '../vectors/records.testing.ts'
import { type AccountEnding, type Accounts, createAccounts } from './accounts.ts'
import { createPasswords, type Passwords, QueueFull } from './passwords.ts'
import type { User } from './user.ts'

const PASSWORD = 'a plain long sentence'

/** Accounts on a real store, with a queue that tells what it did, and a list of what ended when. */
async function open(t: TestContext) {
  const { users, close } = await openStores({ dataDir: null })
  t.after(close)
  const real = createPasswords()
  const did: string[] = []
  const passwords: Passwords = {
    ...{ isOutdated: real.isOutdated, waiting: 0 },
    hash(password) {
      did.push('hash')
      return real.hash(password)
    },
    matches(hash, password) {
      did.push(hash === null ? 'match nothing' : 'match')
      return real.matches(hash, password)
    },
  }
  const endings: { ending: AccountEnding; user: User | null }[] = []
  const accounts = createAccounts({
    ...{ users, passwords, policy: { minLength: 15 }, clock: { now: () => START } },
    // Seen as the store has it at that moment: the change must have been written before.
    endSessions: async (id, ending) => endings.push({ ending, user: await users.find(id) }),
  })
  return { users, passwords, accounts, did, endings }
}

async function withUser(t: TestContext, change: Partial<User> = {}) {
  const opened = await open(t)
  const passwordHash = change.passwordHash ?? (await createPasswords().hash(PASSWORD))
  const user = testUser({ ...change, passwordHash })
  await opened.users.insert(user)
  return { ...opened, user }
}

describe('adding a user', () => {
  it('keeps the name as typed, the rest as given, and the password as a hash', async (t) => {
    const { accounts, passwords } = await open(t)
    const given = {
      username: 'Zoë',
      email: 'zoe@example.test',
      phone: '+49',
      name: 'Zoë N',
      role: 'admin',
    } as const
    const added = await accounts.add({ ...given, password: PASSWORD })
    assert.ok(added.kind === 'added')
    const { id, passwordHash, ...rest } = added.user
    assert.deepEqual(rest, { ...given, status: 'active', revision: 0, createdAt: START })
    assert.ok(await passwords.matches(passwordHash, PASSWORD))
    assert.deepEqual(await accounts.find(id), added.user)
    assert.deepEqual(await accounts.findByName('ZOE\u0308'), added.user)
    assert.deepEqual(await accounts.list(), [added.user])
  })

  it('makes a user of the role user, when nothing else is said', async (t) => {
    const { accounts } = await open(t)
    const added = await accounts.add({ username: 'a', password: PASSWORD })
    assert.equal(added.kind === 'added' && added.user.role, 'user')
  })

  it('is refused for a bad name, a bad password or a name that is taken', async (t) => {
    const { accounts, did } = await open(t)
    assert.deepEqual(await accounts.add({ username: 'a b', password: PASSWORD }), { kind: 'bad-username' })
    assert.deepEqual(await accounts.add({ username: 'a', password: 'short' }), {
      ...{ kind: 'bad-password', problem: 'too-short' },
    })
    for (const [name, value] of Object.entries({
      username: 'sunflower',
      email: 'sunflower@x.test',
      name: 'Sunflower',
    })) {
      const outcome = await accounts.add({ username: 'a', [name]: value, password: 'sunflower123456' })
      assert.deepEqual(outcome, { kind: 'bad-password', problem: 'like-user' }, name)
    }
    assert.deepEqual(did, [], 'a refused password is not hashed')
    assert.equal((await accounts.add({ username: 'a', password: PASSWORD })).kind, 'added')
    assert.deepEqual(await accounts.add({ username: 'A', password: PASSWORD }), { kind: 'taken' })
  })
})

describe('a sign-in', () => {
  it('is good with the name in any case and spelling, and the very password', async (t) => {
    const { accounts, user } = await withUser(t, { username: 'Zoë' })
    for (const name of ['Zoë', 'ZOË', 'zoe\u0308'])
      assert.deepEqual(await accounts.checkSignIn(name, PASSWORD), user)
    for (const password of ['', PASSWORD.toUpperCase(), `${PASSWORD} `, ` ${PASSWORD}`]) {
      assert.equal(await accounts.checkSignIn('zoë', password), null)
    }
  })

  it('costs one check of a hash for every user: unknown, wrong, disabled (af2950e5ad)', async (t) => {
    const { accounts, users, user, did } = await withUser(t)
    for (const name of ['nobody', '', 'a b', '__proto__', 'x'.repeat(5000)]) {
      assert.equal(await accounts.checkSignIn(name, PASSWORD), null)
      assert.deepEqual(did.splice(0), ['match nothing'])
    }
    assert.equal(await accounts.checkSignIn(user.username, 'wrong'), null)
    await users.update(user.id, { status: 'disabled' })
    assert.equal(await accounts.checkSignIn(user.username, 'wrong'), null)
    assert.equal(await accounts.checkSignIn(user.username, PASSWORD), null)
    assert.deepEqual(did, ['match', 'match', 'match'])
  })

  const OUTDATED = { memoryCost: 1024, timeCost: 1, parallelism: 1 }

  it('hashes anew when the figures have risen, once for many at once', async (t) => {
    const outdated = await argon2(PASSWORD, OUTDATED)
    const { accounts, passwords, users, user, did } = await withUser(t, { passwordHash: outdated })
    const results = await Promise.all([1, 2, 3].map(() => accounts.checkSignIn('user1', PASSWORD)))
    assert.ok(results.every((result) => result?.id === user.id))
    const now = (await users.find(user.id)) ?? assert.fail()
    assert.equal(passwords.isOutdated(now.passwordHash), false)
    assert.equal(now.revision, 0, 'a rehash must end no session')
    did.length = 0
    assert.ok(await accounts.checkSignIn('user1', PASSWORD))
    assert.deepEqual(did, ['match'])
  })

  it('does not hash anew for a wrong password, nor for a disabled user', async (t) => {
    const { accounts, users, user, did } = await withUser(t, {
      passwordHash: await argon2(PASSWORD, OUTDATED),
    })
    await accounts.checkSignIn('user1', 'wrong')
    await users.update(user.id, { status: 'disabled' })
    await accounts.checkSignIn('user1', PASSWORD)
    assert.deepEqual(did, ['match', 'match'])
  })

  it('that hashes anew never brings back a password that was changed meanwhile', async (t) => {
    const { accounts, passwords, users, user } = await withUser(t, {
      passwordHash: await argon2(PASSWORD, OUTDATED),
    })
    const hash = passwords.hash
    passwords.hash = async (password) => {
      const hashed = await hash(password)
      await users.update(user.id, { passwordHash: 'changed meanwhile' }, { raiseRevision: true })
      return hashed
    }
    await accounts.checkSignIn('user1', PASSWORD)
    assert.equal((await users.find(user.id))?.passwordHash, 'changed meanwhile')
  })

  it('is good also when there is no room to hash anew, and an error when there is none to check', async (t) => {
    const { accounts, passwords, user } = await withUser(t, {
      passwordHash: await argon2(PASSWORD, OUTDATED),
    })
    passwords.hash = () => Promise.reject(new QueueFull('full'))
    assert.equal((await accounts.checkSignIn('user1', PASSWORD))?.id, user.id)
    passwords.matches = () => Promise.reject(new QueueFull('full'))
    for (const name of ['user1', 'nobody'])
      await assert.rejects(accounts.checkSignIn(name, PASSWORD), QueueFull)
  })
})

describe('what ends all sessions of a user, after it was written', () => {
  const endingChanges: [
    string,
    (a: Accounts, user: User) => Promise<unknown>,
    AccountEnding,
    Partial<User>,
  ][] = [
    ['disabling', (a, user) => a.change(user, { status: 'disabled' }), 'disabled', { status: 'disabled' }],
    ['another role', (a, user) => a.change(user, { role: 'admin' }), 'role-changed', { role: 'admin' }],
    ['a new password', (a, user) => a.setPassword(user, 'another long sentence'), 'password-changed', {}],
    ['deleting', (a, user) => a.delete(user), 'deleted', { status: 'disabled' }],
  ]
  for (const [what, act, ending, written] of endingChanges) {
    it(what, async (t) => {
      const { accounts, user, endings } = await withUser(t)
      await act(accounts, user)
      const [first, ...more] = endings
      assert.deepEqual(more, [])
      assert.equal(first?.ending, ending)
      assert.equal(first?.user?.revision, 1)
      for (const [name, value] of Object.entries(written))
        assert.equal(first?.user?.[name as keyof User], value)
    })
  }

  it('disabling or giving a role again, to make good what was cut short', async (t) => {
    const { accounts, user, endings } = await withUser(t, { status: 'disabled' })
    await accounts.change(user, { status: 'disabled' })
    await accounts.change(user, { role: user.role })
    assert.equal(endings.map(({ ending }) => ending).join(), 'disabled,role-changed')
  })

  it('both at once, said as disabled', async (t) => {
    const { accounts, user, endings } = await withUser(t)
    await accounts.change(user, { role: 'admin', status: 'disabled' })
    assert.deepEqual(
      endings.map(({ ending }) => ending),
      ['disabled'],
    )
  })

  it('and not: e-mail, phone, name, enabling', async (t) => {
    const { accounts, user, endings } = await withUser(t, { status: 'disabled' })
    const changed = await accounts.change(user, {
      email: 'a@b.test',
      phone: '1',
      name: 'N',
      status: 'active',
    })
    assert.deepEqual(endings, [])
    assert.deepEqual(changed, { ...user, email: 'a@b.test', phone: '1', name: 'N', status: 'active' })
  })
})

describe('a new password', () => {
  it('is the one that counts from now on', async (t) => {
    const { accounts, user } = await withUser(t)
    const outcome = await accounts.setPassword(user, 'another long sentence')
    assert.equal(outcome.kind === 'changed' && outcome.user.revision, 1)
    assert.equal(await accounts.checkSignIn('user1', PASSWORD), null)
    assert.ok(await accounts.checkSignIn('user1', 'another long sentence'))
  })

  it('is judged as any other, and a refused one changes nothing', async (t) => {
    const { accounts, user, users, endings } = await withUser(t, { email: 'sunflower@example.test' })
    assert.deepEqual(await accounts.setPassword(user, 'sunflower123456'), {
      ...{ kind: 'bad-password', problem: 'like-user' },
    })
    assert.deepEqual([await users.find(user.id), endings], [user, []])
  })

  it('of a user who is gone is told so, and the name is free', async (t) => {
    const { accounts, user } = await withUser(t)
    assert.equal(await accounts.delete(user), true)
    assert.equal(await accounts.find(user.id), null)
    assert.deepEqual(await accounts.setPassword(user, 'another long sentence'), { kind: 'gone' })
    assert.equal(await accounts.change(user, { name: 'x' }), null)
    assert.equal(await accounts.delete(user), false)
    assert.equal((await accounts.add({ username: user.username, password: PASSWORD })).kind, 'added')
  })
})
