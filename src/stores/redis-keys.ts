/**
 * What Redis keeps for us, all under one prefix. The indexes hold entries `startedAt.sid.userId`, in which what a list needs
 * to be put in order never changes.
 */
const PREFIX = 'latchkey:'

export const KEYS = {
  /** A hash: before the sid of a session. */
  session: `${PREFIX}session:`,
  /** All sessions, by when they were over or will be by themselves. */
  sessions: `${PREFIX}sessions`,
  /** All sessions that were not ended, by the first of their ends. */
  live: `${PREFIX}live`,
  /** A user's sessions that were not ended, by their idle end: before the user's id. */
  open: `${PREFIX}open:`,
  /** The same in the order of their text, which is that of when they began: before the user's id. */
  begun: `${PREFIX}begun:`,
  /** A user's sessions that were ended, by when: before the user's id. */
  ended: `${PREFIX}ended:`,
  /** A stream: the revocation log. */
  revocations: `${PREFIX}revocations`,
  /** That the end of a session that Redis has lost is in the log: before its sid. */
  lost: `${PREFIX}lost:`,
  epoch: `${PREFIX}epoch`,
  /** Never made: what is asked to see whether writes are taken. */
  ping: `${PREFIX}ping`,
  /** What nodes have left, by when. */
  marks: `${PREFIX}marks`,
} as const

export interface Entry {
  startedAt: number
  sid: string
}

export function readEntry(text: string): Entry {
  const [startedAt, sid = ''] = text.split('.', 2)
  return { startedAt: Number(startedAt), sid }
}
