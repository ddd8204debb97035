import type { Command } from 'commander'
import type { AdminDeps } from '../admin-deps.ts'
import { printable } from '../lib/printable.ts'
import { isRemembered } from '../sessions/session.ts'
import { FROM_CLI, listLive, userNamed, withAdmin } from './admin.ts'
import { count, print, printJson } from './output.ts'
import { Refusal } from './refusal.ts'
import { instant, table } from './table.ts'

interface Of {
  user?: string
}

export function sessionsCommand(program: Command): void {
  const sessions = program.command('sessions').description('who is signed in, and where')
  sessions
    .command('list')
    .description('live sessions, newest first')
    .option('--user <username>', 'of this user only')
    .option('--json', 'as JSON, for scripts')
    .action(list)
  sessions
    .command('end [sid]')
    .description('end one session, all of a user, or all there are')
    .option('--user <username>', 'all sessions of this user')
    .option('--all', 'all sessions of everybody, as after a backup was put back')
    .action(end)
}

const list = ({ user: username, json }: Of & { json?: boolean }) =>
  withAdmin(async (deps) => {
    const users = username === undefined ? await deps.accounts.list() : [await userNamed(deps, username)]
    const names = new Map(users.map((user) => [user.id, user.username]))
    const only = username === undefined ? undefined : users[0]
    const sessions = (await listLive(deps, only)).map((session) => ({
      ...session,
      // Of a user deleted this moment, the id is left.
      username: names.get(session.userId) ?? session.userId,
    }))
    if (json)
      return printJson(
        sessions.map((session) => ({
          sid: session.sid,
          username: session.username,
          user_id: session.userId,
          device: session.device,
          address: session.address,
          carrier: session.carrier,
          remembered: isRemembered(session),
          started_at: session.startedAt,
          last_seen_at: session.lastSeenAt,
          expires_at: session.expiresAt,
          ends_at: session.endsAt,
        })),
      )
    if (sessions.length === 0)
      return print(
        username === undefined ? 'Nobody is signed in.' : `${users[0]?.username} is not signed in.`,
      )
    const rows = sessions.map((session) => [
      session.sid,
      session.username,
      session.device,
      session.address,
      instant(session.startedAt),
      instant(session.lastSeenAt),
      instant(session.endsAt),
    ])
    print(table(['SID', 'USER', 'DEVICE', 'ADDRESS', 'STARTED', 'LAST SEEN', 'ENDS'], rows))
  })

const end = (sid: string | undefined, { user: username, all }: Of & { all?: boolean }, command: Command) => {
  if ([sid, username, all].filter((given) => given !== undefined).length !== 1)
    command.error('error: give a session id, or --user, or --all')
  return withAdmin((deps) => {
    if (sid !== undefined) return endOne(deps, sid)
    return username === undefined ? endEverybodys(deps) : endAll(deps, username)
  })
}

async function endOne({ endings }: AdminDeps, sid: string): Promise<void> {
  if (!(await endings.one(sid, 'ended-by-operator', FROM_CLI)))
    throw new Refusal(`There is no session ${printable(sid)}, or it was ended before.`)
  print(`Ended session ${sid}.`)
}

async function endAll(deps: AdminDeps, username: string): Promise<void> {
  const user = await userNamed(deps, username)
  const ended = await deps.endings.allOf(user.id, 'ended-by-operator', FROM_CLI)
  print(`Ended ${count(ended, 'session')} of ${user.username}.`)
}

async function endEverybodys({ endings }: AdminDeps): Promise<void> {
  await endings.everybodys(FROM_CLI)
  print('Ended all sessions: everybody signs in again.')
}
