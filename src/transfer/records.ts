import { z } from 'zod'
import { parseUsername, ROLES, type User } from '../accounts/user.ts'
import { AUDIT_EVENTS, type AuditEntry } from '../audit/event.ts'
import { isId } from '../lib/id-form.ts'
import { hasNameTwice } from '../lib/json-names.ts'
import { unpadded } from '../lib/unpadded.ts'
import { badLine } from './import-refused.ts'
import type { Line } from './lines.ts'

export const FORMAT = 'latchkey-export'
export const VERSION = 1

// The end of the year 9999.
const LATEST = 253_402_300_799
const LONGEST_TEXT = 1000
// Far more than anybody has, and still a number when it is counted on.
const MOST_REVISIONS = 2 ** 31
const ARGON2ID = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,86})\$([\w+/]{22,171})$/
const KIB_OF_A_LANE = 8
const MOST_KIB = 1024 * 1024
const MOST_PASSES = 20
const MOST_LANES = 16

/** As argon2 writes it, with figures that it takes and that nobody waits long for (RFC 9106 3.1). */
function isCheckable(hash: string): boolean {
  const [whole, kib, passes, lanes, salt = '', tag = ''] = ARGON2ID.exec(hash) ?? []
  return (
    whole !== undefined &&
    isWithin(Number(lanes), 1, MOST_LANES) &&
    isWithin(Number(passes), 1, MOST_PASSES) &&
    isWithin(Number(kib), KIB_OF_A_LANE * Number(lanes), MOST_KIB) &&
    [salt, tag].every((text) => unpadded(Buffer.from(text, 'base64')) === text)
  )
}

const isWithin = (n: number, least: number, most: number) => n >= least && n <= most

const id = z.string().refine(isId)
const instant = z.int().min(0).max(LATEST)
const oneLine = z
  .string()
  .min(1)
  .max(LONGEST_TEXT)
  .regex(/^\P{Cc}*$/u)
  .refine((text) => text.isWellFormed())
  .nullable()

const user = z.strictObject({
  kind: z.literal('user'),
  id,
  username: z.string().refine((text) => parseUsername(text) === text),
  email: oneLine,
  phone: oneLine,
  name: oneLine,
  role: z.enum(ROLES),
  status: z.enum(['active', 'disabled']),
  password_hash: z.string().refine(isCheckable),
  revision: z.int().min(0).max(MOST_REVISIONS),
  created_at: instant,
})

const event = z.strictObject({
  kind: z.literal('event'),
  at: instant,
  event: z.enum(AUDIT_EVENTS),
  user_id: id.nullable(),
  sid: id.nullable(),
  address: oneLine,
  reason: oneLine,
})

const counted = z.int().min(0)
const end = z.strictObject({ kind: z.literal('end'), users: counted, events: counted })

const record = z.discriminatedUnion('kind', [user, event, end])
const header = z.strictObject({ format: z.literal(FORMAT), version: z.int().min(1) })

export type ReadRecord =
  | { kind: 'user'; user: User }
  | { kind: 'event'; entry: AuditEntry }
  | { kind: 'end'; users: number; events: number }

export const headerLine = (): string => JSON.stringify({ format: FORMAT, version: VERSION })

// Field by field and always in this order, so that the same data is the same file.
export const userLine = (user: User): string =>
  JSON.stringify({
    kind: 'user',
    id: user.id,
    username: user.username,
    email: user.email,
    phone: user.phone,
    name: user.name,
    role: user.role,
    status: user.status,
    password_hash: user.passwordHash,
    revision: user.revision,
    created_at: user.createdAt,
  } satisfies z.input<typeof record>)

export const eventLine = ({ at, event, userId, sid, address, reason }: AuditEntry): string =>
  JSON.stringify({ kind: 'event', at, event, user_id: userId, sid, address, reason } satisfies z.input<
    typeof record
  >)

export const endLine = (users: number, events: number): string =>
  JSON.stringify({ kind: 'end', users, events } satisfies z.input<typeof record>)

/** The version of the form, by the first line; null when it is not the first line of an export. */
export function readHeader({ text }: Line): number | null {
  const read = header.safeParse(parsed(text))
  return read.success ? read.data.version : null
}

/** What a line after the first one says. Throws ImportRefused, naming the line and the field. */
export function readRecord({ number, text }: Line): ReadRecord {
  const json = parsed(text)
  if (json === undefined) throw badLine(number, 'is not JSON')
  if (hasNameTwice(text)) throw badLine(number, 'has a field twice')
  const read = record.safeParse(json)
  if (!read.success) throw badLine(number, whatIsWrong(read.error))
  switch (read.data.kind) {
    case 'user': {
      const { kind, password_hash, created_at, ...rest } = read.data
      return { kind, user: { ...rest, passwordHash: password_hash, createdAt: created_at } }
    }
    case 'event': {
      const { kind, user_id, ...rest } = read.data
      return { kind, entry: { ...rest, userId: user_id } }
    }
    case 'end':
      return read.data
    default:
      return read.data satisfies never
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** By the names of our own fields alone: those of the line, and what is in them, may be anything. */
function whatIsWrong({ issues }: z.ZodError): string {
  const [issue] = issues
  if (issue?.code === 'unrecognized_keys') return 'has a field that is not known'
  const [field] = issue?.path ?? []
  return field === undefined ? 'is no record' : `has no ${String(field)}, or not one of its form`
}
