import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { FROM, PASSWORD, withUser } from './accounts.testing.ts'
import { QueueFull } from './passwords.ts'

const OUTDATED = { memoryCost: 1024, timeCost: 1, parallelism: 1 }
const withOutdatedHash = async () => ({ passwordHash: await argon2(PASSWORD, OUTDATED) })

describe('a sign-in', () => {
  it('is good with the name in any case and spelling, and the very password', async (t) => {
    const { accounts, user, recorded } = await withUser(t, { username: 'Zoë' })
    for (const name of ['Zoë', 'ZOË', 'zoe\u0308'])
      assert.deepEqual(await accounts.checkSignIn(name, PASSWORD, FROM), user)
    assert.deepEqual(recorded(), [], 'that it succeeded is known when the session has begun')
    for (const password of ['', PASSWORD.toUpperCase(), `${PASSWORD} `, ` ${PASSWORD}`]) {
      assert.equal(await accounts.checkSignIn('zoë', password, FROM), null)
    }
  })

  it('costs one check of a hash and one line of the log after it: unknown, wrong, disabled (af2950e5ad)', async (t) => {
    const { accounts, users, user, did } = await withUser(t)
    for (const name of ['nobody', '', 'a b', '__proto__', 'x'.repeat(5000)]) {
      assert.equal(await accounts.checkSignIn(name, PASSWORD, FROM), null)
      assert.deepEqual(did.splice(0), ['match nothing', 'sign_in.failed'])
    }
    const refused = async (password: string) => {
      assert.equal(await accounts.checkSignIn(user.username, password, FROM), null)
      assert.deepEqual(did.splice(0), ['match', 'sign_in.failed'])
    }
    await refused('wrong')
    await users.update(user.id, { status: 'disabled' })
    await refused('wrong')
    await refused(PASSWORD)
  })

  it('that is refused is recorded with the user, where there is one, the address and why', async (t) => {
    const { accounts, users, user, recorded, of } = await withUser(t)
    await accounts.checkSignIn('nobody', PASSWORD, FROM)
    assert.deepEqual(recorded(), [{ ...of('sign_in.failed unknown-user'), userId: null }])
    await accounts.checkSignIn('USER1', 'wrong', FROM)
    assert.deepEqual(recorded(), [of('sign_in.failed wrong-password')])
    await users.update(user.id, { status: 'disabled' })
    await accounts.checkSignIn('USER1', 'wrong', FROM)
    assert.deepEqual(recorded(), [of('sign_in.failed wrong-password')])
    await accounts.checkSignIn('USER1', PASSWORD, FROM)
    assert.deepEqual(recorded(), [of('sign_in.failed disabled')])
  })

  it('hashes anew when the figures have risen, once for many at once', async (t) => {
    const { accounts, passwords, users, user, did } = await withUser(t, await withOutdatedHash())
    const results = await Promise.all([1, 2, 3].map(() => accounts.checkSignIn('user1', PASSWORD, FROM)))
    assert.ok(results.every((result) => result?.id === user.id))
    const now = (await users.find(user.id)) ?? assert.fail()
    assert.equal(passwords.isOutdated(now.passwordHash), false)
    assert.equal(now.revision, 0, 'a rehash must end no session')
    did.length = 0
    assert.ok(await accounts.checkSignIn('user1', PASSWORD, FROM))
    assert.deepEqual(did, ['match'])
  })

  it('does not hash anew for a wrong password, nor for a disabled user', async (t) => {
    const { accounts, users, user, did } = await withUser(t, await withOutdatedHash())
    await accounts.checkSignIn('user1', 'wrong', FROM)
    await users.update(user.id, { status: 'disabled' })
    await accounts.checkSignIn('user1', PASSWORD, FROM)
    assert.ok(!did.includes('hash'))
  })

  it('that hashes anew never brings back a password that was changed meanwhile', async (t) => {
    const { accounts, passwords, users, user } = await withUser(t, await withOutdatedHash())
    const hash = passwords.hash
    passwords.hash = async (password) => {
      const hashed = await hash(password)
      await users.update(user.id, { passwordHash: 'changed meanwhile' }, { raiseRevision: true })
      return hashed
    }
    await accounts.checkSignIn('user1', PASSWORD, FROM)
    assert.equal((await users.find(user.id))?.passwordHash, 'changed meanwhile')
  })

  it('is good also when there is no room to hash anew, and an error when there is none to check', async (t) => {
    const { accounts, passwords, user, recorded } = await withUser(t, await withOutdatedHash())
    passwords.hash = () => Promise.reject(new QueueFull('full'))
    assert.equal((await accounts.checkSignIn('user1', PASSWORD, FROM))?.id, user.id)
    passwords.matches = () => Promise.reject(new QueueFull('full'))
    for (const name of ['user1', 'nobody'])
      await assert.rejects(accounts.checkSignIn(name, PASSWORD, FROM), QueueFull)
    assert.deepEqual(recorded(), [], 'nobody was refused')
  })
})
