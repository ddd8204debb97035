import { isDeepStrictEqual } from 'node:util'
import type { User } from '../accounts/user.ts'
import type { AuditEntry } from '../audit/event.ts'
import { badLine, ImportRefused } from './import-refused.ts'
import type { Intake, TakeIn } from './intake.ts'
import { type Line, readLines } from './lines.ts'
import { readHeader, readRecord, VERSION } from './records.ts'

// Of one statement.
const EVENTS_AT_ONCE = 500

/** How many were added, and how many were there before. */
export interface Imported {
  users: { added: number; there: number }
  events: { added: number; there: number }
}

/**
 * Takes in what `latchkey export` wrote. All of it or nothing: throws ImportRefused. Users may be there already only with
 * `merge`, and then only as they are in the file.
 */
export async function importLines(
  input: AsyncIterable<Uint8Array>,
  takeIn: TakeIn,
  { merge }: { merge: boolean },
): Promise<Imported> {
  const lines = readLines(input)
  // Before the change begins, which others may have to wait for: whoever gives nothing holds up nobody.
  await expectHeader(lines)
  return takeIn((intake) => importInto(intake, lines, merge))
}

async function expectHeader(lines: AsyncIterator<Line, void>): Promise<void> {
  const { value: first } = await lines.next()
  if (!first) throw new ImportRefused('There is nothing on standard input.')
  const version = readHeader(first)
  if (version === null) throw badLine(1, 'is not the first line of what latchkey export writes')
  if (version !== VERSION)
    throw new ImportRefused('The file is of a newer version of Latchkey. Install that one here first.')
}

async function importInto(intake: Intake, lines: AsyncIterable<Line>, merge: boolean): Promise<Imported> {
  if (!merge && (await intake.users.any()))
    throw new ImportRefused(
      'There are users in this database, so nothing was done. With --merge those who are not there yet are added.',
    )
  const users = createUserIntake(intake, merge)
  const events = createEventIntake(intake, merge)
  let isComplete = false
  for await (const line of lines) {
    if (isComplete) throw badLine(line.number, 'comes after the last one')
    const record = readRecord(line)
    switch (record.kind) {
      case 'user':
        if (events.count() > 0) throw badLine(line.number, 'is a user after the audit log has begun')
        await users.add(record.user, line.number)
        break
      case 'event':
        await events.add(record.entry)
        break
      case 'end':
        if (record.users !== users.count() || record.events !== events.count())
          throw badLine(line.number, 'says that there are more lines, or fewer: some were lost')
        isComplete = true
        break
      default:
        record satisfies never
    }
  }
  if (!isComplete) throw new ImportRefused('The last line is missing: the file was cut. Nothing was kept.')
  await events.flush()
  users.refuseConflicts()
  return { users: users.done(), events: events.done() }
}

function createUserIntake({ users }: Intake, merge: boolean) {
  const seen = new Set<string>()
  const done = { added: 0, there: 0 }
  const conflicts: string[] = []

  return {
    async add(user: User, number: number): Promise<void> {
      if (seen.has(user.id)) throw badLine(number, 'has the id of a user before it')
      seen.add(user.id)
      const there = merge ? await users.find(user.id) : null
      if (there && !isDeepStrictEqual(there, user))
        conflicts.push(`${user.username} (line ${number}) is there, but not as in the file.`)
      else if (there) done.there++
      else if (await users.insert(user)) done.added++
      else conflicts.push(`The username ${user.username} (line ${number}) is taken by another user.`)
    },
    count: () => seen.size,
    done: () => done,
    /** All of them at once, for each is to be put right by hand. */
    refuseConflicts(): void {
      if (conflicts.length > 0) throw new ImportRefused([...conflicts, 'Nothing was kept.'].join('\n'))
    },
  }
}

function createEventIntake(intake: Intake, merge: boolean) {
  const done = { added: 0, there: 0 }
  let waiting: AuditEntry[] = []
  let count = 0

  async function flush(): Promise<void> {
    if (waiting.length === 0) return
    const added = await intake.addEntries(waiting, { unlessThere: merge })
    done.added += added
    done.there += waiting.length - added
    waiting = []
  }

  return {
    async add(entry: AuditEntry): Promise<void> {
      count++
      waiting.push(entry)
      if (waiting.length === EVENTS_AT_ONCE) await flush()
    },
    flush,
    count: () => count,
    done: () => done,
  }
}
