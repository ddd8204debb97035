import { type Command, Option } from 'commander'
import { ROLES, type Role } from '../accounts/user.ts'
import { Refusal } from './refusal.ts'

export interface FieldOptions {
  role?: Role
  email?: string
  phone?: string
  name?: string
}

/** The fields of a user that a command was given; null clears one. */
export interface Fields {
  role?: Role
  email?: string | null
  phone?: string | null
  name?: string | null
}

const LONGEST_EMAIL = 254
const LONGEST_NAME = 200
// Light checks, against a slip of the hand: whether an address is somebody's is found out by writing to it.
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u
const PHONE = /^\+?\(?\d(?:[ ()./-]*\d){4,19}$/
const NAME = /^[^\p{Cc}\p{Bidi_Control}]+$/u

export const withFieldOptions = (command: Command): Command =>
  command
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES))
    .option('--email <address>', 'e-mail address')
    .option('--phone <number>', 'telephone number')
    .option('--name <name>', 'full name')

/** Throws a Refusal for a field that is not of its form. An empty one is cleared. */
export function readFields({ role, email, phone, name }: FieldOptions): Fields {
  if (email && (!EMAIL.test(email) || email.length > LONGEST_EMAIL))
    throw new Refusal('The e-mail address is not of the form ada@example.org.')
  if (phone && !PHONE.test(phone))
    throw new Refusal('The telephone number is not of a form such as +41 44 668 18 00.')
  if (name && (!NAME.test(name) || name.length > LONGEST_NAME))
    throw new Refusal(`The name must be one line of at most ${LONGEST_NAME} characters.`)
  return {
    ...(role !== undefined && { role }),
    ...(email !== undefined && { email: email || null }),
    ...(phone !== undefined && { phone: phone || null }),
    ...(name !== undefined && { name: name || null }),
  }
}
