import { type Command, InvalidArgumentError } from 'commander'
import type { AdminDeps } from '../admin-deps.ts'
import type { AuditEntry } from '../audit/event.ts'
import { noSuchUser, withAdmin } from './admin.ts'
import { print, printJson } from './output.ts'
import { instant, table } from './table.ts'

interface Options {
  user?: string
  limit?: number
  json?: boolean
}

const ROWS = 100

export function auditCommand(program: Command): void {
  program
    .command('audit')
    .description('what happened: sign-ins, ended sessions, changed accounts; newest first')
    .option('--user <username>', 'about this user only; of a deleted one, give the id')
    .option('--limit <n>', `at most so many (default: ${ROWS}, all with --json)`, positive)
    .option('--json', 'as JSON, for scripts')
    .action(show)
}

const show = ({ user: given, limit, json }: Options) =>
  withAdmin(async (deps) => {
    const names = new Map((await deps.accounts.list()).map(({ id, username }) => [id, username]))
    const userId = given === undefined ? undefined : await idOf(given, deps)
    // One more than is shown without a limit, to know whether there are more.
    const most = limit ?? (json ? undefined : ROWS + 1)
    const entries = await deps.audit.list({
      ...(userId !== undefined && { userId }),
      ...(most !== undefined && { limit: most }),
    })
    if (json) return printJson(entries.map((entry) => describe(entry, names)))
    if (entries.length === 0)
      return print(
        userId === undefined
          ? 'The audit log is empty.'
          : `There is nothing about ${names.get(userId) ?? given} in the audit log.`,
      )
    const shown = entries.slice(0, limit ?? ROWS)
    print(
      table(
        HEADINGS,
        shown.map((entry) => cells(entry, names)),
      ),
    )
    if (shown.length < entries.length) print(`These are the newest ${ROWS}: --limit shows more.`)
  })

type Names = Map<string, string>

const HEADINGS = ['TIME', 'EVENT', 'USER', 'SID', 'ADDRESS', 'REASON']
const cells = ({ at, event, userId, sid, address, reason }: AuditEntry, names: Names): string[] => [
  instant(at, 'second'),
  event,
  // Of a deleted user, the id is left.
  names.get(userId ?? '') ?? userId ?? '',
  sid ?? '',
  address ?? '',
  reason ?? '',
]

const describe = ({ at, event, userId, sid, address, reason }: AuditEntry, names: Names) => ({
  at,
  event,
  user_id: userId,
  username: names.get(userId ?? '') ?? null,
  sid,
  address,
  reason,
})

/** The id of the user of that name, or of a deleted one who is in the log; else a Refusal. */
async function idOf(given: string, { accounts, audit }: AdminDeps): Promise<string> {
  const user = await accounts.findByName(given)
  if (user) return user.id
  const [entry] = await audit.list({ userId: given, limit: 1 })
  if (!entry) throw noSuchUser(given)
  return given
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.')
  return Number(text)
}
