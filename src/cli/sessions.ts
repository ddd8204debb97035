import type { Command } from 'commander'
import type { AdminDeps } from '../deps.ts'
import { isRemembered } from '../sessions/session.ts'
import { FROM_CLI, userNamed, withAdmin } from './admin.ts'
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
    .description('end one session, or all of a user')
    .option('--user <username>', 'all sessions of this user')
    .action(end)
}

const list = ({ user: username, json }: Of & { json?: boolean }) =>
  withAdmin(async (deps) => {
    const { accounts, sessionStore, clock } = deps
    const users = username === undefined ? await accounts.list() : [await userNamed(deps, username)]
    const names = new Map(users.map((user) => [user.id, user.username]))
    const only = username === undefined ? undefined : users[0]?.id
    const sessions = (await sessionStore.listLive(clock.now(), only)).map((session) => ({
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

const end = (sid: string | undefined, { user: username }: Of, command: Command) => {
  if ((sid === undefined) === (username === undefined)) command.error('error: give a session id, or --user')
  return withAdmin((deps) => (username === undefined ? endOne(deps, sid as string) : endAll(deps, username)))
}

async function endOne({ endings }: AdminDeps, sid: string): Promise<void> {
  if (!(await endings.one(sid, 'ended-by-operator', FROM_CLI)))
    throw new Refusal(`There is no session ${sid}, or it was ended before.`)
  print(`Ended session ${sid}.`)
}

async function endAll(deps: AdminDeps, username: string): Promise<void> {
  const user = await userNamed(deps, username)
  const ended = await deps.endings.allOf(user.id, 'ended-by-operator', FROM_CLI)
  print(`Ended ${count(ended, 'session')} of ${user.username}.`)
}
