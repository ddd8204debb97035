import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { judgePassword, type PasswordPolicy, type PasswordProblem } from './password-rules.ts'
import { type Passwords, QueueFull } from './passwords.ts'
import { parseUsername, type Role, type User, usernameKey } from './user.ts'
import type { UserChange, UserStore } from './user-store.ts'

/** A change of an account that ends all its sessions. */
export type AccountEnding = 'disabled' | 'deleted' | 'role-changed' | 'password-changed'

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

export type PasswordOutcome =
  | { kind: 'changed'; user: User }
  | { kind: 'bad-password'; problem: PasswordProblem }
  | { kind: 'gone' }

export interface Accounts {
  any(): Promise<boolean>
  list(): Promise<User[]>
  find(id: string): Promise<User | null>
  findByName(username: string): Promise<User | null>
  add(user: NewUser): Promise<AddOutcome>
  /** The first account, an admin, made with the setup code; `taken` when it is somebody else's turn or too late. */
  addFirst(user: NewUser, codeHash: string): Promise<AddOutcome>
  /** The user whose name and password these are, or null: unknown, wrong and disabled look alike and cost the same. Throws QueueFull. */
  checkSignIn(username: string, password: string): Promise<User | null>
  /** Changes e-mail, phone, name, role or status; null when the user is gone. A role given, or disabled: all sessions end. */
  change(user: User, change: Omit<UserChange, 'passwordHash'>): Promise<User | null>
  /** All sessions of the user end. */
  setPassword(user: User, password: string): Promise<PasswordOutcome>
  /** All sessions of the user end. */
  delete(user: User): Promise<boolean>
}

export interface AccountsNeeds {
  users: UserStore
  passwords: Passwords
  policy: PasswordPolicy
  clock: Clock
  endSessions(userId: string, ending: AccountEnding): Promise<unknown>
}

/** The people who can sign in. A change is always written before sessions are ended, so that no new one slips between. */
export function createAccounts({ users, passwords, policy, clock, endSessions }: AccountsNeeds): Accounts {
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

  /** Hashes anew with today's figures. With the queue full it waits for the next sign-in: nobody is turned away for it. */
  async function rehash(user: User, password: string): Promise<void> {
    try {
      await users.replaceHash(user.id, user.passwordHash, await passwords.hash(password))
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error
    }
  }

  return {
    any: () => users.any(),
    list: () => users.list(),
    find: (id) => users.find(id),
    findByName: (username) => users.findByKey(usernameKey(username)),

    async add(wanted) {
      const prepared = await prepare(wanted)
      if (prepared.kind !== 'added') return prepared
      return (await users.insert(prepared.user)) ? prepared : { kind: 'taken' }
    },

    async addFirst(wanted, codeHash) {
      const prepared = await prepare({ ...wanted, role: 'admin' })
      if (prepared.kind !== 'added') return prepared
      return (await users.insertFirst(prepared.user, codeHash)) ? prepared : { kind: 'taken' }
    },

    async checkSignIn(username, password) {
      const user = await users.findByKey(usernameKey(username))
      const matched = await passwords.matches(user?.passwordHash ?? null, password)
      if (!user || !matched || user.status !== 'active') return null
      if (passwords.isOutdated(user.passwordHash)) await rehash(user, password)
      return user
    },

    async change(user, change) {
      const ending = endingOf(change)
      const changed = await users.update(user.id, change, { raiseRevision: ending !== null })
      if (ending) await endSessions(user.id, ending)
      return changed
    },

    async setPassword(user, password) {
      const problem = await judgePassword(password, [user.username, user.email, user.name], policy)
      if (problem) return { kind: 'bad-password', problem }
      const passwordHash = await passwords.hash(password)
      const changed = await users.update(user.id, { passwordHash }, { raiseRevision: true })
      await endSessions(user.id, 'password-changed')
      return changed ? { kind: 'changed', user: changed } : { kind: 'gone' }
    },

    async delete(user) {
      // Disabled first: should the process die between, the account is closed and deleting it again ends the rest.
      await users.update(user.id, { status: 'disabled' }, { raiseRevision: true })
      await endSessions(user.id, 'deleted')
      return users.delete(user.id)
    },
  }
}

/** Whatever the user was before: a change that was cut short, and is made again, ends what it left. */
function endingOf(change: UserChange): AccountEnding | null {
  if (change.status === 'disabled') return 'disabled'
  return change.role === undefined ? null : 'role-changed'
}
