import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openRig } from '../vectors/rig.testing.ts'
import { addDemoUsers } from './demo-users.ts'

it('the users of the demo sign in as the tutorial says, and are no admins', async (t) => {
  const { stores, passwords, accounts, clock, close } = await openRig()
  t.after(close)
  await addDemoUsers(stores.users, passwords, clock.now())
  for (const n of [1, 2]) {
    const user = await accounts.checkSignIn(`user${n}`, `password${n}`)
    assert.equal(user?.role, 'user')
  }
  assert.equal(await accounts.checkSignIn('user1', 'password2'), null)
})
