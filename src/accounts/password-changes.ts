import type { Audit } from '../audit/audit.ts'
import type { From } from '../audit/event.ts'
import type { EndSessions } from './account-ending.ts'
import { judgePassword, type PasswordPolicy, type PasswordProblem } from './password-rules.ts'
import { isSamePassword, type Passwords } from './passwords.ts'
import type { User } from './user.ts'
import type { UpdateOptions, UserStore } from './user-store.ts'

export type PasswordOutcome =
  | { kind: 'changed'; user: User }
  | { kind: 'bad-password'; problem: PasswordProblem }
  /** The account is gone; in `changePassword`, or was changed meanwhile in a way that ended its sessions. */
  | { kind: 'gone' }

export interface PasswordChanges {
  /** As an operator. All sessions of the user end. Throws QueueFull. */
  setPassword(user: User, password: string, from: From): Promise<PasswordOutcome>
  /** As the user, who knows the current one. All sessions of the user end. Throws QueueFull. */
  changePassword(
    user: Pick<User, 'id'>,
    current: string,
    next: string,
    from: From,
  ): Promise<PasswordOutcome | { kind: 'wrong-password' }>
}

export interface PasswordChangesNeeds {
  users: Pick<UserStore, 'find' | 'update'>
  passwords: Passwords
  policy: PasswordPolicy
  audit: Pick<Audit, 'record'>
  endSessions: EndSessions
}

export function createPasswordChanges(needs: PasswordChangesNeeds): PasswordChanges {
  const { users, passwords, policy, audit, endSessions } = needs

  async function replace(
    user: User,
    password: string,
    from: From,
    options: UpdateOptions,
  ): Promise<PasswordOutcome> {
    const problem = await judgePassword(password, [user.username, user.email, user.name], policy)
    if (problem) return { kind: 'bad-password', problem }
    const passwordHash = await passwords.hash(password)
    const changed = await users.update(user.id, { passwordHash }, options)
    if (!changed) return { kind: 'gone' }
    await audit.record('password.changed', { userId: user.id }, from)
    await endSessions(user.id, 'password-changed', from)
    return { kind: 'changed', user: changed }
  }

  return {
    setPassword: (user, password, from) => replace(user, password, from, { raiseRevision: true }),

    async changePassword({ id }, current, next, from) {
      const user = await users.find(id)
      if (user?.status !== 'active') return { kind: 'gone' }
      if (!(await passwords.matches(user.passwordHash, current))) {
        await audit.record('password.refused', { userId: id, reason: 'wrong-password' }, from)
        return { kind: 'wrong-password' }
      }
      if (isSamePassword(current, next)) return { kind: 'bad-password', problem: 'same' }
      // Only while the user is as just read: whoever knows the old password must not undo the operator's new one, by having
      // waited in the hash queue while it was set.
      return replace(user, next, from, { raiseRevision: true, ifRevision: user.revision })
    },
  }
}
