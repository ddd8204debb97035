import type { Audit } from '../audit/audit.ts'
import type { AuditEvent, From } from '../audit/event.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { AccountEnding, EndSessions } from './account-ending.ts'
import { type CheckSignIn, createCheckSignIn } from './check-sign-in.ts'
import { createPasswordChanges, type PasswordChanges } from './password-changes.ts'
import { judgePassword, type PasswordPolicy, type PasswordProblem } from './password-rules.ts'
import type { Passwords } from './passwords.ts'
import { parseUsername, type Role, type User, usernameKey } from './user.ts'
import type { UserChange, UserStore } from './user-store.ts'

export interface NewUser {
  username: string
  password: string
  role?: Role
  email?: string | null
  phone?: string | null
  name?: string | null
}

export type AddOutcome =
  | { kind: 'added'; user: User }
  | { kind: 'bad-username' | 'taken' }
  | { kind: 'bad-password'; problem: PasswordProblem }

export interface Accounts extends PasswordChanges {
  any(): Promise<boolean>
  list(): Promise<User[]>
  find(id: string): Promise<User | null>
  findByName(username: string): Promise<User | null>
  add(user: NewUser, from: From): Promise<AddOutcome>
  /** The first account, an admin, made with the setup code; `taken` when it is somebody else's turn or too late. */
  addFirst(user: NewUser, codeHash: string, from: From): Promise<AddOutcome>
  /** The user whose name and password these are, or null: unknown, wrong and disabled look alike and cost the same. Throws QueueFull. */
  checkSignIn: CheckSignIn
  /** Changes e-mail, phone, name, role or status; null when the user is gone. A role given, or disabled: all sessions end. */
  change(user: User, change: Omit<UserChange, 'passwordHash'>, from: From): Promise<User | null>
  /** All sessions of the user end. */
  delete(user: User, from: From): Promise<boolean>
}

export interface AccountsNeeds {
  users: UserStore
  passwords: Passwords
  policy: PasswordPolicy
  audit: Pick<Audit, 'record'>
  clock: Clock
  endSessions: EndSessions
}

/** The people who can sign in. A change is always written before sessions are ended, so that no new one slips between. */
export function createAccounts(needs: AccountsNeeds): Accounts {
  const { users, passwords, policy, audit, clock, endSessions } = needs

  async function prepare(wanted: NewUser): Promise<AddOutcome> {
    const username = parseUsername(wanted.username)
    if (!username) return { kind: 'bad-username' }
    const { email = null, phone = null, name = null, role = 'user' } = wanted
    const problem = await judgePassword(wanted.password, [username, email, name], policy)
    if (problem) return { kind: 'bad-password', problem }
    const passwordHash = await passwords.hash(wanted.password)
    const createdAt = clock.now()
    return {
      kind: 'added',
      user: {
        id: newId(),
        username,
        email,
        phone,
        name,
        role,
        status: 'active',
        passwordHash,
        revision: 0,
        createdAt,
      },
    }
  }

  async function add(
    wanted: NewUser,
    insert: (user: User) => Promise<boolean>,
    from: From,
  ): Promise<AddOutcome> {
    const prepared = await prepare(wanted)
    if (prepared.kind !== 'added') return prepared
    if (!(await insert(prepared.user))) return { kind: 'taken' }
    await audit.record('user.added', { userId: prepared.user.id }, from)
    return prepared
  }

  return {
    any: () => users.any(),
    list: () => users.list(),
    find: (id) => users.find(id),
    findByName: (username) => users.findByKey(usernameKey(username)),

    add: (wanted, from) => add(wanted, (user) => users.insert(user), from),
    addFirst: (wanted, codeHash, from) =>
      add({ ...wanted, role: 'admin' }, (user) => users.insertFirst(user, codeHash), from),

    checkSignIn: createCheckSignIn(needs),

    async change(user, change, from) {
      const ending = endingOf(change)
      const changed = await users.update(user.id, change, { raiseRevision: ending !== null })
      if (changed)
        for (const [event, reason] of eventsOf(change))
          await audit.record(event, { userId: user.id, reason }, from)
      if (ending) await endSessions(user.id, ending, from)
      return changed
    },

    ...createPasswordChanges(needs),

    async delete(user, from) {
      // Disabled first: should the process die between, the account is closed and deleting it again ends the rest.
      await users.update(user.id, { status: 'disabled' }, { raiseRevision: true })
      await endSessions(user.id, 'deleted', from)
      const deleted = await users.delete(user.id)
      if (deleted) await audit.record('user.deleted', { userId: user.id }, from)
      return deleted
    },
  }
}

/** Whatever the user was before: a change that was cut short, and is made again, ends what it left. */
function endingOf(change: UserChange): AccountEnding | null {
  if (change.status === 'disabled') return 'disabled'
  return change.role === undefined ? null : 'role-changed'
}

/** What the audit log tells of a change, each with its reason: of a role, which one was given. */
function eventsOf({ status, role }: UserChange): [AuditEvent, string | null][] {
  const events: [AuditEvent, string | null][] = []
  if (role !== undefined) events.push(['user.role_changed', role])
  if (status !== undefined) events.push([status === 'active' ? 'user.enabled' : 'user.disabled', null])
  return events
}
