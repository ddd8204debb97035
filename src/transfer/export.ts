import type { UserStore } from '../accounts/user-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { endLine, eventLine, headerLine, userLine } from './records.ts'

export interface ExportNeeds {
  users: Pick<UserStore, 'list'>
  audit: Pick<AuditStore, 'pages'>
}

export interface Exported {
  users: number
  events: number
}

/**
 * Users and the audit log as lines of JSON, in pieces of several lines, in an order that depends on nothing but the data. The
 * log is read as it is written. The last line says how many there were, so that a file that was cut is noticed.
 */
export async function* exportLines({ users, audit }: ExportNeeds): AsyncGenerator<string, Exported> {
  const all = await users.list()
  yield lines([headerLine(), ...all.map(userLine)])
  let events = 0
  for await (const page of audit.pages()) {
    yield lines(page.map(eventLine))
    events += page.length
  }
  yield lines([endLine(all.length, events)])
  return { users: all.length, events }
}

const lines = (texts: string[]): string => texts.map((text) => `${text}\n`).join('')
