import type { User } from './user.ts'

/** What can be changed of a user that is there. `revision` is not set but raised, by `raiseRevision`. */
export type UserChange = Partial<Pick<User, 'email' | 'phone' | 'name' | 'role' | 'status' | 'passwordHash'>>

export interface UpdateOptions {
  raiseRevision?: boolean
  /** Change nothing unless this is still the user's revision. */
  ifRevision?: number
}

/** Where users are kept. Every change that must happen once is one conditional statement that says who won. */
export interface UserStore {
  any(): Promise<boolean>
  list(): Promise<User[]>
  find(id: string): Promise<User | null>
  findByKey(usernameKey: string): Promise<User | null>
  /** False when the username is taken. */
  insert(user: User): Promise<boolean>
  /** False when a user exists already, or `codeHash` is not the setup code of now. */
  insertFirst(user: User, codeHash: string): Promise<boolean>
  /** The user as changed, or null when there is none, or none of that revision. */
  update(id: string, change: UserChange, options?: UpdateOptions): Promise<User | null>
  /** A rehash of the password the user has: without effect when it was changed meanwhile. */
  replaceHash(id: string, oldHash: string, newHash: string): Promise<void>
  delete(id: string): Promise<boolean>
  /** Replaces the setup code. The store keeps its SHA-256 only. */
  setSetupCode(codeHash: string): Promise<void>
  isSetupCode(codeHash: string): Promise<boolean>
}
