export const ROLES = ['user', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** An account. Instants are epoch seconds. */
export interface User {
  id: string
  username: string
  email: string | null
  phone: string | null
  name: string | null
  role: Role
  status: 'active' | 'disabled'
  /** argon2id as a PHC string. */
  passwordHash: string
  /** Raised by every change that ends this user's sessions, so that a sign-in begun before the change is noticed. */
  revision: number
  createdAt: number
}

const LONGEST_USERNAME = 64
// A combining mark needs a letter before it, so a name never begins with one. Marks that enclose (as in emoji) and what is
// not seen at all would make two names that look alike.
const USERNAME = /^[\p{L}\p{Nd}._@-][\p{L}\p{Mn}\p{Mc}\p{Nd}._@-]*$/u
const UNSEEN = /\p{Default_Ignorable_Code_Point}/u

/**
 * The username as it is kept and shown: NFKC, case as typed; null when it is no username.
 * Normalised before it is judged, so a full-width `＠` cannot slip past the rule and become `@` later (GHSA-7rqj-j65f-68wh).
 */
export function parseUsername(typed: string): string | null {
  if (typed.length > 4 * LONGEST_USERNAME) return null
  const username = typed.normalize('NFKC')
  return USERNAME.test(username) && !UNSEEN.test(username) && [...username].length <= LONGEST_USERNAME
    ? username
    : null
}

/** What a username must be, said to whoever chose one that is not. */
export const USERNAME_RULE = 'A username has 1 to 64 letters, digits and . _ - @'

/** What makes two usernames the same: NFKC without case. */
export const usernameKey = (username: string): string =>
  username.normalize('NFKC').toLowerCase().normalize('NFKC')
