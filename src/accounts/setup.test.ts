import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { testUser } from '../vectors/records.testing.ts'
import { FROM, openAccounts } from './accounts.testing.ts'
import { createSetup } from './setup.ts'

const good = { username: 'First', password: 'a plain long sentence' }

async function open(t: TestContext) {
  const opened = await openAccounts(t)
  return { ...opened, setup: createSetup(opened) }
}

describe('setup', () => {
  it('has a code of 128 bits, of which the store has the SHA-256 alone', async (t) => {
    const { setup, users } = await open(t)
    const code = (await setup.open()) ?? assert.fail()
    assert.match(code, /^[\w-]{22}$/)
    assert.equal(await users.isSetupCode(code), false)
    assert.equal(await users.isSetupCode(hashSecret(code)), true)
    assert.equal(await setup.check(code), 'open')
  })

  it('replaces the code each time that it is opened', async (t) => {
    const { setup } = await open(t)
    const [old, code] = [(await setup.open()) ?? '', (await setup.open()) ?? '']
    assert.equal(await setup.check(old), 'bad-code')
    assert.deepEqual(await setup.complete(old, good, FROM), { kind: 'bad-code' })
    assert.equal(await setup.check(code), 'open')
  })

  it('makes an admin, once', async (t) => {
    const { setup, accounts, recorded } = await open(t)
    const code = (await setup.open()) ?? ''
    const outcome = await setup.complete(code, good, FROM)
    assert.equal(outcome.kind === 'added' && outcome.user.role, 'admin')
    assert.equal((await accounts.checkSignIn('first', good.password, FROM))?.username, 'First')
    assert.equal(await setup.check(code), 'over')
    assert.deepEqual(await setup.complete(code, { ...good, username: 'second' }, FROM), { kind: 'over' })
    assert.equal(await setup.open(), null)
    const [first, ...more] = await accounts.list()
    assert.deepEqual(more, [])
    assert.deepEqual(recorded(), [{ event: 'user.added', userId: first?.id, address: FROM.address }])
  })

  it('refuses every other code, also none', async (t) => {
    const { setup, accounts } = await open(t)
    assert.equal(await setup.check(''), 'bad-code')
    const code = (await setup.open()) ?? ''
    for (const other of [
      '',
      code.slice(1),
      `${code} `,
      code.toLowerCase(),
      hashSecret(code),
      "' OR 1=1 --",
    ]) {
      assert.deepEqual(await setup.complete(other, good, FROM), { kind: 'bad-code' })
    }
    assert.equal(await accounts.any(), false)
  })

  it('keeps its code when the name or the password is refused', async (t) => {
    const { setup } = await open(t)
    const code = (await setup.open()) ?? ''
    assert.deepEqual(await setup.complete(code, { ...good, password: 'short' }, FROM), {
      ...{ kind: 'bad-password', problem: 'too-short' },
    })
    assert.deepEqual(await setup.complete(code, { ...good, username: 'a b' }, FROM), { kind: 'bad-username' })
    assert.equal((await setup.complete(code, good, FROM)).kind, 'added')
  })

  it('makes one account of twenty at once (GHSA-7w99-5wm4-3g79)', async (t) => {
    const { setup, accounts, recorded } = await open(t)
    const code = (await setup.open()) ?? ''
    const attempts = Array.from({ length: 20 }, (_, n) =>
      setup.complete(code, { ...good, username: `u${n}` }, FROM),
    )
    const kinds = (await Promise.all(attempts)).map(({ kind }) => kind)
    assert.equal(kinds.filter((kind) => kind === 'added').length, 1)
    assert.equal(kinds.filter((kind) => kind === 'over').length, 19)
    assert.equal((await accounts.list()).length, 1)
    assert.equal(recorded().length, 1)
  })

  it('is over as soon as anybody has an account', async (t) => {
    const { setup, users } = await open(t)
    const code = (await setup.open()) ?? ''
    await users.insert(testUser())
    assert.deepEqual(await setup.complete(code, good, FROM), { kind: 'over' })
    assert.equal(await setup.open(), null)
  })
})
