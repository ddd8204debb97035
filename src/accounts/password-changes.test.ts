import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { FROM, OTHER_PASSWORD, openAccounts, PASSWORD, withUser } from './accounts.testing.ts'
import { QueueFull } from './passwords.ts'

type Opened = Awaited<ReturnType<typeof withUser>>

async function assertUntouched({ users, user, endings }: Pick<Opened, 'users' | 'user' | 'endings'>) {
  assert.deepEqual([await users.find(user.id), endings], [user, []])
}

const WAYS = [
  ['that is set', (a: Opened, next: string) => a.accounts.setPassword(a.user, next, FROM)],
  ['that is changed', (a: Opened, next: string) => a.accounts.changePassword(a.user, PASSWORD, next, FROM)],
] as const

for (const [which, replace] of WAYS)
  describe(`a password ${which}`, () => {
    it('is the one that counts from now on', async (t) => {
      const opened = await withUser(t)
      const outcome = await replace(opened, OTHER_PASSWORD)
      assert.ok(outcome.kind === 'changed')
      assert.deepEqual(outcome.user, await opened.users.find(opened.user.id))
      assert.equal(outcome.user.revision, 1)
      assert.equal(await opened.accounts.checkSignIn('user1', PASSWORD, FROM), null)
      assert.ok(await opened.accounts.checkSignIn('user1', OTHER_PASSWORD, FROM))
    })

    it('ends all sessions, once it is written, and is recorded once', async (t) => {
      const opened = await withUser(t)
      await replace(opened, OTHER_PASSWORD)
      const [first, ...more] = opened.endings
      assert.deepEqual(more, [])
      assert.deepEqual([first?.ending, first?.from], ['password-changed', FROM])
      assert.equal(first?.user?.revision, 1)
      assert.notEqual(first?.user?.passwordHash, opened.user.passwordHash)
      assert.deepEqual(opened.recorded(), [opened.of('password.changed')])
    })

    it('is judged as any other, and a refused one is not hashed and changes nothing', async (t) => {
      const opened = await withUser(t, { email: 'sunflower@example.test' })
      for (const [next, problem] of [
        ['sunflower123456', 'like-user'],
        ['short', 'too-short'],
        ['', 'too-short'],
      ] as const)
        assert.deepEqual(await replace(opened, next), { kind: 'bad-password', problem })
      assert.ok(!opened.did.includes('hash'))
      assert.deepEqual(opened.recorded(), [])
      await assertUntouched(opened)
    })

    it('of a user who is gone is told so, and nothing is recorded', async (t) => {
      const opened = await withUser(t)
      await opened.users.delete(opened.user.id)
      assert.deepEqual(await replace(opened, OTHER_PASSWORD), { kind: 'gone' })
      assert.deepEqual(opened.recorded(), [])
    })

    it('changes nothing when there is no room to hash it', async (t) => {
      const opened = await withUser(t)
      opened.passwords.hash = () => Promise.reject(new QueueFull('full'))
      await assert.rejects(replace(opened, OTHER_PASSWORD), QueueFull)
      await assertUntouched(opened)
    })
  })

describe('a password that is changed', () => {
  it('needs the current one: any other is refused, recorded, and changes nothing', async (t) => {
    const { accounts, user, recorded, of, did, ...opened } = await withUser(t)
    for (const wrong of ['', `${PASSWORD} `, PASSWORD.toUpperCase(), OTHER_PASSWORD]) {
      assert.deepEqual(await accounts.changePassword(user, wrong, OTHER_PASSWORD, FROM), {
        kind: 'wrong-password',
      })
      assert.deepEqual(recorded(), [of('password.refused wrong-password')])
      assert.deepEqual(did.splice(0), ['match', 'password.refused'])
    }
    await assertUntouched({ user, ...opened })
  })

  it('tells whoever does not know the current one nothing of the new one', async (t) => {
    const { accounts, user } = await withUser(t)
    for (const next of ['short', PASSWORD])
      assert.equal((await accounts.changePassword(user, 'wrong', next, FROM)).kind, 'wrong-password')
  })

  it('must not be the one the user has, on whichever keyboard it is typed', async (t) => {
    const current = 'a long sentence, été'
    const { accounts, user, ...opened } = await withUser(t, { passwordHash: await argon2(current) })
    for (const same of [current, current.normalize('NFD')])
      assert.deepEqual(await accounts.changePassword(user, current, same, FROM), {
        ...{ kind: 'bad-password', problem: 'same' },
      })
    await assertUntouched({ user, ...opened })
    assert.equal((await accounts.setPassword(user, current, FROM)).kind, 'changed', 'an operator may set it')
  })

  it('is compared with the hash of now, not with the one the caller still has', async (t) => {
    const { accounts, user } = await withUser(t)
    await accounts.setPassword(user, OTHER_PASSWORD, FROM)
    const third = 'and a third long sentence'
    assert.equal((await accounts.changePassword(user, PASSWORD, third, FROM)).kind, 'wrong-password')
    assert.equal((await accounts.changePassword(user, OTHER_PASSWORD, third, FROM)).kind, 'changed')
  })

  it('is not changed for a disabled user', async (t) => {
    const opened = await withUser(t, { status: 'disabled' })
    const { accounts, user } = opened
    assert.deepEqual(await accounts.changePassword(user, PASSWORD, OTHER_PASSWORD, FROM), { kind: 'gone' })
    await assertUntouched(opened)
  })

  /** As `withUser`, but `meanwhile` happens once, after the current password was found right. */
  async function interrupted(t: TestContext, meanwhile: (opened: Opened) => Promise<unknown>) {
    const opened = await withUser(t)
    const { hash } = opened.passwords
    opened.passwords.hash = async (password) => {
      opened.passwords.hash = hash
      await meanwhile(opened)
      return hash(password)
    }
    return opened
  }

  it('never replaces one that the operator set meanwhile', async (t) => {
    const opened = await interrupted(t, ({ accounts, user }) =>
      accounts.setPassword(user, OTHER_PASSWORD, FROM),
    )
    const { accounts, user, endings, recorded } = opened
    const outcome = await accounts.changePassword(user, PASSWORD, 'what a thief would like', FROM)
    assert.deepEqual(outcome, { kind: 'gone' })
    assert.ok(await accounts.checkSignIn('user1', OTHER_PASSWORD, FROM))
    assert.equal(endings.length, 1)
    assert.equal(recorded().length, 1)
  })

  it('is not changed for a user who was disabled meanwhile', async (t) => {
    const opened = await interrupted(t, ({ accounts, user }) =>
      accounts.change(user, { status: 'disabled' }, FROM),
    )
    const { accounts, user, users } = opened
    assert.equal((await accounts.changePassword(user, PASSWORD, OTHER_PASSWORD, FROM)).kind, 'gone')
    assert.equal((await users.find(user.id))?.passwordHash, user.passwordHash)
  })

  it('is changed also when the old one was hashed anew meanwhile', async (t) => {
    const opened = await interrupted(t, async ({ users, user }) =>
      users.replaceHash(user.id, user.passwordHash, await argon2(PASSWORD)),
    )
    const { accounts, user } = opened
    assert.equal((await accounts.changePassword(user, PASSWORD, OTHER_PASSWORD, FROM)).kind, 'changed')
    assert.ok(await accounts.checkSignIn('user1', OTHER_PASSWORD, FROM))
  })

  it('is changed once, of three at once', async (t) => {
    const { accounts, user, endings } = await withUser(t)
    const attempts = [1, 2, 3].map((n) =>
      accounts.changePassword(user, PASSWORD, `${OTHER_PASSWORD} ${n}`, FROM),
    )
    const kinds = (await Promise.all(attempts)).map(({ kind }) => kind)
    assert.equal(kinds.filter((kind) => kind === 'changed').length, 1, kinds.join())
    assert.equal(endings.length, 1)
  })
})

describe('a password in the audit log', () => {
  it('is nowhere, right or wrong', async (t) => {
    const { accounts, ...opened } = await openAccounts(t)
    const added = await accounts.add({ username: 'ada', password: PASSWORD }, FROM)
    assert.ok(added.kind === 'added')
    await accounts.checkSignIn(PASSWORD, 'typed one field too early', FROM)
    await accounts.changePassword(added.user, 'wrong', OTHER_PASSWORD, FROM)
    await accounts.changePassword(added.user, PASSWORD, OTHER_PASSWORD, FROM)
    const log = JSON.stringify(opened.recorded())
    for (const event of ['user.added', 'sign_in.failed', 'password.refused', 'password.changed'])
      assert.ok(log.includes(event))
    for (const secret of [PASSWORD, OTHER_PASSWORD, 'wrong"', 'ada', 'argon2'])
      assert.ok(!log.includes(secret))
  })
})
