import type { Clock } from '../lib/clock.ts'
import { KEPT_LONGER_SECONDS } from '../lib/kept-longer.ts'
import { OrderedLog } from './ordered-log.ts'
import type { EndReason } from './session.ts'
import type { Epoch, Revocation, SessionStore } from './session-store.ts'

const POLL_MILLISECONDS = 400
const STALE_SECONDS = 5
const PRUNE_EVERY_SECONDS = 60

/** Rows commit out of order, so each poll reads the last minute again. */
export const OVERLAP_SECONDS = 60

type AwaitRevocations = NonNullable<SessionStore['awaitRevocations']>

export interface RevocationsNeeds {
  store: Pick<SessionStore, 'revocations' | 'epoch' | 'renewEpoch' | 'awaitRevocations'>
  clock: Clock
  /** No token lives longer, in seconds, so no revocation need be remembered longer. */
  longestTokenLifeSeconds: number
  /** Called when the log can no longer be read, with null when it can again. */
  onTrouble(error: unknown): void
  /** Called with each entry that another node wrote, when it becomes known here: not with those of before the first poll. */
  onHeard?(revocation: Revocation): void
  /** Called when another epoch has begun: nobody who was signed in is known any more. */
  onEpoch?(): void
}

export interface Revocations {
  /** Why a session was revoked, from memory: no round trip. Only as good as the last poll: see `isStale`. */
  reasonFor(sid: string): EndReason | undefined
  /** When the log was last heard of, in epoch seconds. */
  heardAt(): number
  /** Whether the log has not been heard of for so long that the store itself must be asked. */
  isStale(): boolean
  /** Whether a session that began then is older than the store, which does not know what became of it. As `reasonFor`. */
  isBeforeEpoch(startedAt: number): boolean
  /** The store's epoch, as of the last poll; null before the first. */
  epoch(): Epoch | null
  /** What the store is known to have in its log. */
  readonly log: Pick<OrderedLog, 'version' | 'latest' | 'since'>
  /** Makes a revocation known on this node that is still to be written: it counts here whatever becomes of that. */
  presume(revocation: Revocation): void
  /** Makes an entry of the store's log known on this node, before the next poll would. */
  add(revocation: Revocation): void
  /** Calls back when there may be something new: an entry, or that the log was read, or could not be. */
  listen(hear: () => void): void
  /** Reads the log once. */
  poll(): Promise<void>
  /** Polls from now on, or hears of each entry as it is written where the store can tell. */
  follow(): void
  close(): void
}

/**
 * The revocation log in memory: a session revoked on any node is known on this one within one poll, or at once where the
 * store tells of its log.
 */
export function createRevocations({
  store,
  clock,
  longestTokenLifeSeconds,
  onTrouble,
  onHeard,
  onEpoch,
}: RevocationsNeeds): Revocations {
  /** `loggedAs` is the version of the log by which it was in it; null while it is not known to be. */
  const known = new Map<string, { reason: EndReason; revokedAt: number; loggedAs: number | null }>()
  const log = new OrderedLog()
  const listeners: (() => void)[] = []
  let epoch: Epoch | null = null
  let heardAt = Number.NEGATIVE_INFINITY
  let prunedAt = Number.NEGATIVE_INFINITY
  let inTrouble = false
  let timer: NodeJS.Timeout | undefined
  /** How far it was heard of, where the store tells. */
  let place: string | null = null

  const oldestAt = (now: number) => now - longestTokenLifeSeconds - KEPT_LONGER_SECONDS

  const hear = () => {
    for (const listener of listeners) listener()
  }

  /** Whether it was not known to be in the log. */
  function note(revocation: Revocation): boolean {
    const { sid, revokedAt } = revocation
    const before = known.get(sid)
    if (before && before.loggedAs !== null) return false
    log.add(revocation)
    // The first reason that was heard, and the time that every other node reads.
    known.set(sid, { reason: before?.reason ?? revocation.reason, revokedAt, loggedAs: log.version })
    return true
  }

  /** The epoch to go by: a new one in the place of one that began before the last, for the store was put back to that. */
  async function judge(found: Epoch, now: number): Promise<Epoch> {
    const isOlder = epoch !== null && found.id !== epoch.id && found.at <= epoch.at
    return isOlder ? store.renewEpoch(found.id, now) : found
  }

  /** The log from `since` on, and whether all is there of which that is known. */
  async function readSince(since: number, now: number): Promise<{ found: Revocation[]; isWhole: boolean }> {
    // What is older than any token may have been forgotten.
    const from = Math.max(since, now - longestTokenLifeSeconds)
    const { version } = log
    const expected = log.since(from).length
    const found = await store.revocations(since)
    const there = found.filter(({ sid, revokedAt }) => {
      const before = known.get(sid)
      const wasLogged = before !== undefined && before.loggedAs !== null && before.loggedAs <= version
      return wasLogged && before.revokedAt === revokedAt && revokedAt >= from
    })
    return { found, isWhole: there.length >= expected }
  }

  /**
   * A clock that was ahead and is set right: what was forgotten by it, or never read, is not that old. The log has not been
   * heard of until it was read from its beginning.
   */
  function mindClock(now: number): void {
    if (now >= heardAt) return
    heardAt = Number.NEGATIVE_INFINITY
    prunedAt = Number.NEGATIVE_INFINITY
    place = null
  }

  async function read(): Promise<void> {
    const now = clock.now()
    mindClock(now)
    const found = await judge(await store.epoch(now), now)
    if (found.id === epoch?.id) {
      const since = Math.max(oldestAt(now), heardAt - OVERLAP_SECONDS)
      const { found: revocations, isWhole } = await readSince(since, now)
      if (isWhole) return take(found, revocations, now)
      // An end was lost, and others may be: whoever was signed out would be signed in again.
      return take(await store.renewEpoch(found.id, now), await store.revocations(oldestAt(now)), now)
    }
    // What was heard tells nothing about this log.
    take(found, await store.revocations(oldestAt(now)), now)
  }

  /** The same where the store tells of its log: it answers when there is something new, and within a second. */
  async function readWhenTold(awaitRevocations: AwaitRevocations): Promise<void> {
    const now = clock.now()
    mindClock(now)
    const news = await awaitRevocations(place, now)
    take(await judge(news.epoch, now), news.revocations, now, news.isLast)
    place = news.place
  }

  /** Of another log nothing is known. Who was revoked by the last one is so for ever. */
  function forgetLog(): void {
    log.forgetBefore(Number.POSITIVE_INFINITY)
    for (const revocation of known.values()) revocation.loggedAs = null
  }

  /** What was read, as of the beginning of the read. Unless it was the last there is, the log has not been heard of by that. */
  function take(found: Epoch, revocations: Revocation[], now: number, isLast = true): void {
    const isFirst = found.id !== epoch?.id
    if (isFirst) forgetLog()
    for (const revocation of revocations) {
      // What this node ended itself is known already, or presumed.
      const isNews = !isFirst && !known.has(revocation.sid)
      note(revocation)
      if (isNews) onHeard?.(revocation)
    }
    const isAnother = isFirst && epoch !== null
    epoch = found
    if (isLast) heardAt = now
    if (isAnother) onEpoch?.()
    if (now - prunedAt < PRUNE_EVERY_SECONDS) return
    prunedAt = now
    const oldest = oldestAt(now)
    for (const [sid, { revokedAt }] of known) if (revokedAt < oldest) known.delete(sid)
    log.forgetBefore(oldest)
  }

  async function andTell(reading: Promise<void>): Promise<void> {
    try {
      await reading
    } finally {
      hear()
    }
  }

  async function readAgain(): Promise<void> {
    const { awaitRevocations } = store
    let pause = POLL_MILLISECONDS
    try {
      await andTell(awaitRevocations ? readWhenTold(awaitRevocations) : read())
      if (inTrouble) onTrouble(null)
      inTrouble = false
      if (awaitRevocations) pause = 0
    } catch (error) {
      // Said once, not each 400 ms; and not that it was closed meanwhile.
      if (!inTrouble && timer) onTrouble(error)
      inTrouble = true
    }
    if (timer) timer = setTimeout(readAgain, pause).unref()
  }

  return {
    reasonFor: (sid) => known.get(sid)?.reason,
    heardAt: () => heardAt,
    isStale() {
      const age = clock.now() - heardAt
      // From the fifth on, for instants are whole seconds, of which five may be nearly six. And a clock set back must not make
      // old news look new.
      return age >= STALE_SECONDS || age < 0
    },
    isBeforeEpoch: (startedAt) => epoch !== null && startedAt < epoch.at,
    epoch: () => epoch,
    log,
    presume({ sid, reason, revokedAt }) {
      if (!known.has(sid)) known.set(sid, { reason, revokedAt, loggedAs: null })
    },
    add(revocation) {
      if (note(revocation)) hear()
    },
    listen: (listener) => listeners.push(listener),
    poll: () => andTell(read()),
    follow() {
      timer ??= setTimeout(readAgain, store.awaitRevocations ? 0 : POLL_MILLISECONDS).unref()
    },
    close() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
