import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { countLive, userNamed, withAdmin } from './admin.ts'
import { addUser, changeUser, deleteUser, disableUser, enableUser, setPassword } from './change-users.ts'
import { describeUser, print, printJson } from './output.ts'
import { instant, table } from './table.ts'
import { withFieldOptions } from './user-fields.ts'

export function usersCommand(program: Command): void {
  const users = program.command('users').description('the people who can sign in')
  const json = ['--json', 'as JSON, for scripts'] as const
  const stdin = ['--password-stdin', 'read the password as one line of standard input'] as const

  withFieldOptions(users.command('add <username>').description('make an account'))
    .option(...stdin)
    .option(...json)
    .action(addUser)
  users
    .command('list')
    .description('all of them')
    .option(...json)
    .action(list)
  users
    .command('show <username>')
    .description('one of them')
    .option(...json)
    .action(show)
  withFieldOptions(
    users.command('set <username>').description('change fields; an empty one is cleared'),
  ).action(changeUser)
  users
    .command('disable <username>')
    .description('end all sessions, and allow no new one')
    .action(disableUser)
  users.command('enable <username>').description('allow signing in again').action(enableUser)
  users.command('delete <username>').description('delete the account for good').action(deleteUser)
  users
    .command('password <username>')
    .description('set a new password; all sessions end')
    .option(...stdin)
    .action(setPassword)
}

const list = ({ json }: { json?: boolean }) =>
  withAdmin(async ({ accounts, config }) => {
    const users = await accounts.list()
    if (json) return printJson(users.map(describeUser))
    // With the place, for it may be another than was meant.
    if (users.length === 0) return print(`Nobody has an account in ${placeOf(config)} yet.`)
    const rows = users.map(({ username, name, email, role, status, createdAt }) => [
      username,
      name ?? '',
      email ?? '',
      role,
      status,
      instant(createdAt),
    ])
    print(table(['USERNAME', 'NAME', 'EMAIL', 'ROLE', 'STATUS', 'CREATED'], rows))
  })

/** Without the URL, which holds a password. */
const placeOf = ({ databaseUrl, dataDir }: Config) =>
  databaseUrl === null ? dataDir : 'the database of DATABASE_URL'

const show = (username: string, { json }: { json?: boolean }) =>
  withAdmin(async (deps) => {
    const user = await userNamed(deps, username)
    const sessions = await countLive(deps, user)
    if (json) return printJson({ ...describeUser(user), sessions })
    print(
      table(
        ['USERNAME', user.username],
        [
          ['NAME', user.name ?? ''],
          ['EMAIL', user.email ?? ''],
          ['PHONE', user.phone ?? ''],
          ['ROLE', user.role],
          ['STATUS', user.status],
          ['CREATED', instant(user.createdAt)],
          ['SESSIONS', String(sessions)],
          ['ID', user.id],
        ],
      ),
    )
  })
