import type { Audit } from '../audit/audit.ts'
import type { From } from '../audit/event.ts'
import { type Passwords, QueueFull } from './passwords.ts'
import { type User, usernameKey } from './user.ts'
import type { UserStore } from './user-store.ts'

export type CheckSignIn = (username: string, password: string, from: From) => Promise<User | null>

export interface CheckSignInNeeds {
  users: Pick<UserStore, 'findByKey' | 'replaceHash'>
  passwords: Passwords
  audit: Pick<Audit, 'record'>
}

export function createCheckSignIn({ users, passwords, audit }: CheckSignInNeeds): CheckSignIn {
  /** Hashes anew with today's figures. With the queue full it waits for the next sign-in: nobody is turned away for it. */
  async function rehash(user: User, password: string): Promise<void> {
    try {
      await users.replaceHash(user.id, user.passwordHash, await passwords.hash(password))
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error
    }
  }

  return async function checkSignIn(username, password, from) {
    const user = await users.findByKey(usernameKey(username))
    const matched = await passwords.matches(user?.passwordHash ?? null, password)
    if (!user || !matched || user.status !== 'active') {
      // One write whatever the reason, so that time tells nobody which (ASVS 6.3.8). The name that was typed is not kept:
      // it may be a password, typed one field too early.
      const reason = whyRefused(user, matched)
      await audit.record('sign_in.failed', { userId: user?.id ?? null, reason }, from)
      return null
    }
    if (passwords.isOutdated(user.passwordHash)) await rehash(user, password)
    return user
  }
}

function whyRefused(user: User | null, matched: boolean): 'unknown-user' | 'wrong-password' | 'disabled' {
  if (!user) return 'unknown-user'
  return matched ? 'disabled' : 'wrong-password'
}
