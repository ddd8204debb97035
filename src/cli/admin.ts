import { pino } from 'pino'
import type { User } from '../accounts/user.ts'
import { type AdminDeps, openAdminDeps } from '../admin-deps.ts'
import type { From } from '../audit/event.ts'
import { printable } from '../lib/printable.ts'
import type { Session } from '../sessions/session.ts'
import { Refusal } from './refusal.ts'
import { settings } from './settings.ts'

/** In the audit log: whoever can run a command here is the operator, and no address says more. */
export const FROM_CLI: From = { address: null }

/** Does a piece of work with the services that HTTP uses, on the same store: a server may be running beside us. */
export async function withAdmin(work: (deps: AdminDeps) => Promise<void>): Promise<void> {
  // What a command has to say is its output; a log line would spoil it.
  const deps = await openAdminDeps(settings(), pino({ level: 'silent' }))
  try {
    await work(deps)
  } finally {
    await deps.close()
  }
}

/** The user of that name, or a Refusal. */
export async function userNamed({ accounts }: Pick<AdminDeps, 'accounts'>, username: string): Promise<User> {
  const user = await accounts.findByName(username)
  if (!user) throw noSuchUser(username)
  return user
}

export const noSuchUser = (username: string): Refusal =>
  new Refusal(`There is no user ${printable(username)}.`)

/** The sessions that are live now, of one user or of all, newest first. */
export async function listLive({ sessionStore, clock }: AdminDeps, user?: User): Promise<Session[]> {
  const now = clock.now()
  const [sessions, epoch] = await Promise.all([sessionStore.listLive(now, user?.id), sessionStore.epoch(now)])
  return sessions.filter(({ startedAt }) => startedAt >= epoch.at)
}

/** How many sessions of a user are live now. */
export const countLive = async (deps: AdminDeps, user: User): Promise<number> =>
  (await listLive(deps, user)).length
