import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { START } from '../testing.ts'
import type { AccountEnding } from './account-ending.ts'
import { FROM, openAccounts, PASSWORD, withUser } from './accounts.testing.ts'
import type { Accounts } from './accounts.ts'
import type { User } from './user.ts'

describe('adding a user', () => {
  it('keeps the name as typed, the rest as given, and the password as a hash', async (t) => {
    const { accounts, passwords } = await openAccounts(t)
    const given = {
      username: 'Zoë',
      email: 'zoe@example.test',
      phone: '+49',
      name: 'Zoë N',
      role: 'admin',
    } as const
    const added = await accounts.add({ ...given, password: PASSWORD }, FROM)
    assert.ok(added.kind === 'added')
    const { id, passwordHash, ...rest } = added.user
    assert.deepEqual(rest, { ...given, status: 'active', revision: 0, createdAt: START })
    assert.ok(await passwords.matches(passwordHash, PASSWORD))
    assert.deepEqual(await accounts.find(id), added.user)
    assert.deepEqual(await accounts.findByName('ZOE\u0308'), added.user)
    assert.deepEqual(await accounts.list(), [added.user])
  })

  it('makes a user of the role user, when nothing else is said', async (t) => {
    const { accounts } = await openAccounts(t)
    const added = await accounts.add({ username: 'a', password: PASSWORD }, FROM)
    assert.equal(added.kind === 'added' && added.user.role, 'user')
  })

  it('is refused for a bad name, a bad password or a name that is taken', async (t) => {
    const { accounts, did } = await openAccounts(t)
    assert.deepEqual(await accounts.add({ username: 'a b', password: PASSWORD }, FROM), {
      kind: 'bad-username',
    })
    assert.deepEqual(await accounts.add({ username: 'a', password: 'short' }, FROM), {
      ...{ kind: 'bad-password', problem: 'too-short' },
    })
    for (const [name, value] of Object.entries({
      username: 'sunflower',
      email: 'sunflower@x.test',
      name: 'Sunflower',
    })) {
      const outcome = await accounts.add({ username: 'a', [name]: value, password: 'sunflower123456' }, FROM)
      assert.deepEqual(outcome, { kind: 'bad-password', problem: 'like-user' }, name)
    }
    assert.deepEqual(did, [], 'a refused password is not hashed')
    assert.equal((await accounts.add({ username: 'a', password: PASSWORD }, FROM)).kind, 'added')
    assert.deepEqual(await accounts.add({ username: 'A', password: PASSWORD }, FROM), { kind: 'taken' })
  })
})

describe('what ends all sessions of a user, after it was written', () => {
  const endingChanges: [
    string,
    (a: Accounts, user: User) => Promise<unknown>,
    AccountEnding,
    Partial<User>,
  ][] = [
    [
      'disabling',
      (a, user) => a.change(user, { status: 'disabled' }, FROM),
      'disabled',
      { status: 'disabled' },
    ],
    ['another role', (a, user) => a.change(user, { role: 'admin' }, FROM), 'role-changed', { role: 'admin' }],
    ['deleting', (a, user) => a.delete(user, FROM), 'deleted', { status: 'disabled' }],
  ]
  for (const [what, act, ending, written] of endingChanges) {
    it(what, async (t) => {
      const { accounts, user, endings } = await withUser(t)
      await act(accounts, user)
      const [first, ...more] = endings
      assert.deepEqual(more, [])
      assert.deepEqual([first?.ending, first?.from], [ending, FROM])
      assert.equal(first?.user?.revision, 1)
      for (const [name, value] of Object.entries(written))
        assert.equal(first?.user?.[name as keyof User], value)
    })
  }

  it('disabling or giving a role again, to make good what was cut short', async (t) => {
    const { accounts, user, endings } = await withUser(t, { status: 'disabled' })
    await accounts.change(user, { status: 'disabled' }, FROM)
    await accounts.change(user, { role: user.role }, FROM)
    assert.equal(endings.map(({ ending }) => ending).join(), 'disabled,role-changed')
  })

  it('both at once, said as disabled', async (t) => {
    const { accounts, user, endings } = await withUser(t)
    await accounts.change(user, { role: 'admin', status: 'disabled' }, FROM)
    assert.deepEqual(
      endings.map(({ ending }) => ending),
      ['disabled'],
    )
  })

  it('and not: e-mail, phone, name, enabling', async (t) => {
    const { accounts, user, endings } = await withUser(t, { status: 'disabled' })
    const change = { email: 'a@b.test', phone: '1', name: 'N', status: 'active' } as const
    const changed = await accounts.change(user, change, FROM)
    assert.deepEqual(endings, [])
    assert.deepEqual(changed, { ...user, ...change })
  })
})

describe('what is recorded of an account', () => {
  it('that it was added, once, and not that it was not', async (t) => {
    const { accounts, recorded } = await openAccounts(t)
    const added = await accounts.add({ username: 'a', password: PASSWORD }, FROM)
    assert.ok(added.kind === 'added')
    assert.deepEqual(recorded(), [{ event: 'user.added', userId: added.user.id, address: FROM.address }])
    for (const username of ['A', 'a b']) await accounts.add({ username, password: PASSWORD }, FROM)
    await accounts.add({ username: 'b', password: 'short' }, FROM)
    assert.deepEqual(recorded(), [])
  })

  it('that the first one was added, with the right code only', async (t) => {
    const { accounts, users, recorded } = await openAccounts(t)
    await users.setSetupCode(hashSecret('code'))
    const first = { username: 'a', password: PASSWORD }
    assert.equal((await accounts.addFirst(first, hashSecret('other'), FROM)).kind, 'taken')
    assert.deepEqual(recorded(), [])
    assert.equal((await accounts.addFirst(first, hashSecret('code'), FROM)).kind, 'added')
    assert.deepEqual(
      recorded().map(({ event }) => event),
      ['user.added'],
    )
  })

  for (const [what, change, did] of [
    ['disabling', { status: 'disabled' }, ['user.disabled', 'end disabled']],
    ['enabling', { status: 'active' }, ['user.enabled']],
    ['a role', { role: 'admin' }, ['user.role_changed admin', 'end role-changed']],
    ['a lower role', { role: 'user' }, ['user.role_changed user', 'end role-changed']],
    [
      'both',
      { role: 'user', status: 'disabled' },
      ['user.role_changed user', 'user.disabled', 'end disabled'],
    ],
    ['and nothing of', { email: 'a@b.test', phone: '1', name: 'N' }, []],
  ] as const)
    it(`${what}, before the sessions end: ${JSON.stringify(change)}`, async (t) => {
      const { accounts, user, recorded, of, ...opened } = await withUser(t)
      await accounts.change(user, change, FROM)
      const events = did.filter((one) => !one.startsWith('end'))
      assert.deepEqual(recorded(), events.map(of))
      assert.deepEqual(
        opened.did,
        did.map((one) => (one.startsWith('end') ? one : one.split(' ')[0])),
      )
    })

  it('that it was deleted, once, after its sessions have ended', async (t) => {
    const { accounts, user, recorded, of, did } = await withUser(t)
    assert.equal(await accounts.delete(user, FROM), true)
    assert.deepEqual(did, ['end deleted', 'user.deleted'])
    assert.deepEqual(recorded(), [of('user.deleted')])
    assert.equal(await accounts.delete(user, FROM), false)
    assert.deepEqual(recorded(), [])
  })

  it('nothing of one that is gone, whose name is free', async (t) => {
    const { accounts, user, recorded } = await withUser(t)
    await accounts.delete(user, FROM)
    recorded()
    assert.equal(await accounts.find(user.id), null)
    assert.equal(await accounts.change(user, { name: 'x', role: 'admin', status: 'disabled' }, FROM), null)
    assert.deepEqual(recorded(), [])
    assert.equal((await accounts.add({ username: user.username, password: PASSWORD }, FROM)).kind, 'added')
  })
})
