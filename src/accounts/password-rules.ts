import { usernameKey } from './user.ts'

export const LONGEST_PASSWORD = 1024
// Names and words shorter than this are part of too many good passwords.
const SHORTEST_NAME = 3
// What stands beside a name must have as many letters as a short password; digits after a name are the first thing tried.
const FEWEST_OTHER_LETTERS = 8

/** Of `same` only a change knows: it is the password that the user has. */
export type PasswordProblem = 'not-text' | 'too-short' | 'too-long' | 'common' | 'like-user' | 'same'

export interface PasswordPolicy {
  /** Code points. */
  minLength: number
}

/**
 * Why a password is refused, or null when it is good (decision D9, NIST SP 800-63B-4 3.1.1.2): length, the common ones, the
 * user's own names. No rules of composition. `about` is what others know of the user: username, e-mail, name.
 */
export async function judgePassword(
  password: string,
  about: (string | null | undefined)[],
  policy: PasswordPolicy,
): Promise<PasswordProblem | null> {
  // Half of a surrogate pair has no bytes in UTF-8: all of them would be hashed as the same sign.
  if (!password.isWellFormed()) return 'not-text'
  const length = [...password.normalize('NFC')].length
  if (length < policy.minLength) return 'too-short'
  if (length > LONGEST_PASSWORD) return 'too-long'
  if (await isCommon(password)) return 'common'
  if (isLike(password, about)) return 'like-user'
  return null
}

export function explainPassword(problem: PasswordProblem, policy: PasswordPolicy): string {
  switch (problem) {
    case 'not-text':
      return 'This password has a character that cannot be stored. Choose another.'
    case 'too-short':
      return `Use at least ${policy.minLength} characters.`
    case 'too-long':
      return `Use at most ${LONGEST_PASSWORD} characters.`
    case 'common':
      return 'This password is one of the most common ones, and the first to be tried. Choose another.'
    case 'like-user':
      return 'This password is too much like the name of the user or of this service. Choose another.'
    case 'same':
      return 'This is the password you have now. Choose another.'
    default:
      return problem satisfies never
  }
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase()
const reversed = (text: string) => [...text].reverse().join('')

let commonPasswords: Promise<Set<string>> | undefined

/** The whole password is compared, without case, also read backwards. The list (49 000) is loaded at first use. */
async function isCommon(password: string): Promise<boolean> {
  commonPasswords ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map(String)),
  )
  const common = await commonPasswords
  const folded = fold(password)
  return common.has(folded) || common.has(reversed(folded))
}

/** Whether little is left of the password once the user's own names are taken out of it. */
function isLike(password: string, about: (string | null | undefined)[]): boolean {
  const names = [...about, 'latchkey']
    .flatMap((text) => (text ? [usernameKey(text), ...usernameKey(text).split(/[^\p{L}\p{M}\p{Nd}]+/u)] : []))
    .filter((name) => name.length >= SHORTEST_NAME)
    .sort((a, b) => b.length - a.length)
  let rest = fold(password)
  const before = rest
  for (const name of names) rest = rest.replaceAll(name, '').replaceAll(reversed(name), '')
  return rest !== before && (rest.match(/\p{L}/gu) ?? []).length < FEWEST_OTHER_LETTERS
}
