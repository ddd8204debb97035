import { newId } from '../lib/ids.ts'
import type { Passwords } from './passwords.ts'
import type { UserStore } from './user-store.ts'

/** The tutorial's users. They go past the password rules, so they exist in the demo only, which keeps nothing. */
const DEMO_USERS = { user1: 'password1', user2: 'password2' }

export async function addDemoUsers(users: UserStore, passwords: Passwords, createdAt: number): Promise<void> {
  for (const [username, password] of Object.entries(DEMO_USERS)) {
    await users.insert({
      id: newId(),
      username,
      email: null,
      phone: null,
      name: null,
      role: 'user',
      status: 'active',
      passwordHash: await passwords.hash(password),
      revision: 0,
      createdAt,
    })
  }
}
