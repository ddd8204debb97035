import type { User } from '../accounts/user.ts'

/** What a command has to say, on standard output. Whoever reads it may stop early, as `| head` does. */
export function print(text: string): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  process.stdout.write(`${text}\n`)
}

/** For scripts. Instants are epoch seconds, as everywhere in our JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

/** `1 session`, `2 sessions`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** Field by field, so that the password hash is never among them. */
export const describeUser = ({ id, username, name, email, phone, role, status, createdAt }: User) => ({
  id,
  username,
  name,
  email,
  phone,
  role,
  status,
  created_at: createdAt,
})
