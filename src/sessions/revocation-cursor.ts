import type { LogEntry, OrderedLog } from './ordered-log.ts'
import { OVERLAP_SECONDS } from './revocations.ts'
import type { Epoch } from './session-store.ts'

// An entry further ahead comes from a clock that was wrong, and must not hide those that come after it.
const MOST_AHEAD_SECONDS = 60
// An entry may be written a minute late, and after one whose clock is a minute ahead.
const WINDOW_SECONDS = OVERLAP_SECONDS + MOST_AHEAD_SECONDS
// Until then a node has read what another one knew when it gave a cursor, or is stale.
const SETTLED_SECONDS = 10

/** How far somebody has followed the log. Any node that has read the same log gives the same one. */
export interface Cursor {
  epochId: string
  /** The time of the last entry, in epoch seconds. */
  at: number
  /** It with its epoch, and how many entries there are around it and which. Opaque to whoever keeps it. */
  text: string
}

const FORM = /^([\w-]{1,64})\.(\d{1,12})\.[0-9a-z]{1,12}-[0-9a-z]{1,13}$/

/** A cursor from its text; null when it is none. */
export function readCursor(text: string): Cursor | null {
  const [, epochId, at] = FORM.exec(text) ?? []
  return epochId === undefined ? null : { epochId, at: Number(at), text }
}

/** The cursor of whoever knows all of this log. */
export function cursorOf({ id }: Epoch, log: Pick<OrderedLog, 'latest' | 'since'>, now: number): Cursor {
  const at = lastOf(log, now)
  const around = log.since(at - WINDOW_SECONDS)
  const text = `${id}.${at}.${around.length.toString(36)}-${xor(around).toString(36)}`
  return { epochId: id, at, text }
}

/** The time of the entry that a cursor is made of. */
export const lastOf = (log: Pick<OrderedLog, 'latest'>, now: number): number =>
  log.latest(now + MOST_AHEAD_SECONDS)

// Whatever order they came in. The hashes are of random ids, so no two sets that differ are likely to look the same.
const xor = (entries: LogEntry[]) => entries.reduce((all, { mark }) => all ^ mark, 0n)

/** What there is on a node: its own cursor, its latest entry, and from when on entries matter to anybody. */
export interface Here {
  cursor: Cursor
  latest: number
  oldest: number
  now: number
}

export type NewsDecision = { kind: 'nothing' } | { kind: 'since'; at: number }

/** What somebody who has followed the log up to `after` (null: who has not) must be told. Too much is harmless. */
export function decideNews(after: Cursor | null, { cursor, latest, oldest, now }: Here): NewsDecision {
  const nothing = { kind: 'nothing' } as const
  const everything = { kind: 'since', at: oldest } as const
  if (after === null || after.epochId !== cursor.epochId) return everything
  if (after.text === cursor.text) return nothing
  // No entry matters any more, here or there.
  if (latest < oldest && after.at < oldest) return nothing
  if (after.at <= cursor.at) return { kind: 'since', at: Math.max(after.at - WINDOW_SECONDS, oldest) }
  // Another node gave it, and this one has not read so far: it soon will have, and then knows what is new.
  const isAhead = after.at > now - SETTLED_SECONDS && after.at <= now + MOST_AHEAD_SECONDS
  return isAhead ? nothing : everything
}
