import { KEPT_LONGER_SECONDS } from '../lib/kept-longer.ts'
import { type Ask, failed } from './ask.ts'
import type { Heard } from './heard.ts'
import type { Clocks, Moment } from './moment.ts'
import { type RevocationsAnswer, readRevocations } from './read-revocations.ts'

const PATH = '/v1/revocations'
const LONGEST_WAIT_SECONDS = 25
// An answer may take so much longer than we asked Latchkey to wait.
const TIMEOUT_SECONDS = 5
const MOST_BYTES = 16 * 1024 * 1024
// Many sign-outs at once come in a few answers, and one alone is known well within a second.
const AFTER_NEWS_SECONDS = 0.2
const START_OVER = 'start-over'

/** The sessions that were ended before their tokens expire, as they were heard of last. */
export interface RemoteRevocations {
  /** Whether a session was ended, by the SHA-256 of its id, or the store was lost since it began. */
  isRevoked(sidHash: string, authTime: number): boolean
  /** Asks what is new. It is called again once its answer was dealt with. */
  ask(): Promise<Heard>
  /** When it was heard last what is revoked; null: never. */
  heardAt(): Moment | null
}

/** With `maxStaleSeconds`, a question is answered at least twice in that time, also when nothing happens. */
export function createRemoteRevocations(
  askLatchkey: Ask,
  { clock }: Clocks,
  maxStaleSeconds: number,
): RemoteRevocations {
  const longest = Math.floor(maxStaleSeconds / 2) - TIMEOUT_SECONDS
  const waitSeconds = Math.max(1, Math.min(LONGEST_WAIT_SECONDS, longest))
  let known = new Map<string, number>()
  let epoch: RevocationsAnswer['epoch'] | undefined
  let cursor: string | undefined
  let heardAt: Moment | null = null
  // Only who has just been answered waits: else we would wait for news while nobody knows that Latchkey is back.
  let mayWait = false

  async function ask(): Promise<Heard> {
    let heard = isSetBack(clock.now()) ? START_OVER : await askOnce(cursor, mayWait ? waitSeconds : 0)
    // A list that goes on from another store's cursor is not whole. The old one stands until there is one that is.
    if (heard === START_OVER) heard = await askOnce(undefined, 0)
    mayWait = heard !== START_OVER && heard.kind === 'heard'
    return heard === START_OVER ? failed(`${PATH} changes its epoch each time`) : heard
  }

  /** A clock that was ahead and is set right: what was forgotten by it is not that old, and what we have is not whole. */
  const isSetBack = (now: number) => heardAt !== null && now < heardAt.clock

  async function askOnce(after: string | undefined, wait: number): Promise<Heard | typeof START_OVER> {
    const query = new URLSearchParams()
    if (after !== undefined) query.set('after', after)
    if (wait > 0) query.set('wait', String(wait))
    const path = query.size > 0 ? `${PATH}?${query}` : PATH
    const timeoutSeconds = wait + TIMEOUT_SECONDS
    const answer = await askLatchkey({ path, timeoutSeconds, mostBytes: MOST_BYTES })
    if (answer.kind === 'failed') return answer
    const read = answer.kind === 'ok' ? readRevocations(answer.text) : null
    if (!read || answer.kind !== 'ok') return failed(`${PATH} answers something else than revocations`)
    const isOther = after !== undefined && read.epoch.id !== epoch?.id
    epoch = read.epoch
    if (isOther || (after !== undefined && isSetBack(answer.heardAt.clock))) return START_OVER
    const isNews = learn(read, after === undefined)
    heardAt = answer.heardAt
    // Too many wait already: we come back, but in time.
    const retryAfter = answer.retryAfterSeconds && Math.min(answer.retryAfterSeconds, maxStaleSeconds / 2)
    return { kind: 'heard', isNews, nextInSeconds: retryAfter ?? (isNews ? AFTER_NEWS_SECONDS : 0) }
  }

  /** Whether any of it was new. */
  function learn({ cursor: next, revoked }: RevocationsAnswer, isWhole: boolean): boolean {
    const oldest = clock.now() - KEPT_LONGER_SECONDS
    const isNews = heardAt === null || revoked.some(({ sid, until }) => !known.has(sid) && until >= oldest)
    if (isWhole) known = new Map()
    for (const { sid, until } of revoked) known.set(sid, until)
    for (const [sid, until] of known) if (until < oldest) known.delete(sid)
    cursor = next
    return isNews
  }

  return {
    isRevoked: (sidHash, authTime) => known.has(sidHash) || (epoch !== undefined && authTime < epoch.at),
    ask,
    heardAt: () => heardAt,
  }
}
