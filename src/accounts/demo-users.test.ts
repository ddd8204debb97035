import assert from 'node:assert/strict'
import { it } from 'node:test'
import { START } from '../testing.ts'
import { FROM, openAccounts } from './accounts.testing.ts'
import { addDemoUsers } from './demo-users.ts'

it('the users of the demo sign in as the tutorial says, and are no admins', async (t) => {
  const { users, passwords, accounts } = await openAccounts(t)
  await addDemoUsers(users, passwords, START)
  for (const n of [1, 2]) {
    const user = await accounts.checkSignIn(`user${n}`, `password${n}`, FROM)
    assert.equal(user?.role, 'user')
  }
  assert.equal(await accounts.checkSignIn('user1', 'password2', FROM), null)
})
