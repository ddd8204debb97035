import { isLive, type Session } from '../sessions/session.ts'
import { type Ended, MARK_KEPT_SECONDS, type SessionStore } from '../sessions/session-store.ts'
import { toFields, toSession } from './redis-fields.ts'
import { type Entry, KEYS, readEntry } from './redis-keys.ts'
import type { RedisLink } from './redis-link.ts'
import { awaitLog, readEpoch, readLog, renewEpoch } from './redis-log.ts'
import { END, END_LOST, EXTEND, HAS_LOST, INSERT, MARK, PURGE, ROTATE, run, TOUCH } from './redis-scripts.ts'

// What one script may do at a time, so that nobody else waits on Redis for more than a few milliseconds.
const SLICE = 250
const LISTED_AT_ONCE = 200
const PAGE = 500

export interface RedisSessionsNeeds {
  link: RedisLink
  /** A connection of its own for following the log, since whoever comes after a read that waits has to wait too. */
  openFollowingLink(): Promise<RedisLink>
  /** Seconds. */
  sessionKeptSeconds: number
  revocationKeptSeconds: number
}

export function createRedisSessions(needs: RedisSessionsNeeds): SessionStore {
  const { link, openFollowingLink, sessionKeptSeconds, revocationKeptSeconds } = needs

  async function find(sid: string): Promise<Session | null> {
    return toSession(sid, (await link.send(['HGETALL', KEYS.session + sid])) as string[])
  }

  /** Those of these sessions that are still there, in that order. */
  async function findAll(sids: readonly string[]): Promise<Session[]> {
    const found = await Promise.all(sids.map(find))
    return found.filter((session) => session !== null)
  }

  /** Of an index by time, what is later than an instant. */
  const later = async (key: string, than: number) =>
    (await link.send(['ZRANGE', key, `(${than}`, '+inf', 'BYSCORE'])) as string[]

  /** A user's sessions that were not ended and expire later than an instant: from the newest on, some at a time. */
  async function* openOf(userId: string, expiringAfter: number): AsyncGenerator<Entry[]> {
    let from = '+'
    for (;;) {
      const page = (await link.send([
        ...['ZRANGE', KEYS.begun + userId, from, '-', 'BYLEX', 'REV', 'LIMIT', '0', `${PAGE}`],
      ])) as string[]
      if (page.length === 0) return
      // Null: it was ended meanwhile.
      const ends = (await link.send(['ZMSCORE', KEYS.open + userId, ...page])) as (string | null)[]
      yield page.filter((_, n) => ends[n] !== null && Number(ends[n]) > expiringAfter).map(readEntry)
      // A place in the order, not a count: whatever is begun or ended meanwhile, nothing is left out and nothing comes twice.
      from = `(${page.at(-1)}`
    }
  }

  const countLater = async (key: string, than: number) =>
    (await link.send(['ZCOUNT', key, `(${than}`, '+inf'])) as number

  /** Of a user or of all, by what may be live: from the newest on, some at a time. */
  async function* newestOf(userId: string | undefined, now: number): AsyncGenerator<string[]> {
    if (userId === undefined) return yield newestFirst((await later(KEYS.live, now)).map(readEntry))
    // So many are to be found: who has few need not have all read that expired.
    let left = await countLater(KEYS.open + userId, now)
    for await (const entries of openOf(userId, now)) {
      yield entries.map(({ sid }) => sid)
      left -= entries.length
      if (left <= 0) return
    }
  }

  /** Of an index by time, the last ones up to an instant. */
  const lastUntil = async (key: string, until: number | '+inf', limit: number) =>
    (await link.send([
      ...['ZRANGE', key, `${until}`, '-inf', 'BYSCORE', 'REV', 'LIMIT', '0', `${limit}`],
    ])) as string[]

  async function endAmong(sids: readonly string[], reason: string, now: number): Promise<Ended[]> {
    const kept = [sessionKeptSeconds, revocationKeptSeconds]
    const said = (await run(link, END, reason, now, ...kept, ...sids)) as string[]
    return Array.from({ length: said.length / 3 }, (_, n) => {
      const [sid = '', userId = '', expiresAt] = said.slice(3 * n)
      return { sid, userId, expiresAt: Number(expiresAt) }
    })
  }

  const changed = (sid: string, fields: unknown): Session | null =>
    fields === null ? null : toSession(sid, fields as string[])

  return {
    async insert(session) {
      const { sid, userId, startedAt, lastSeenAt, expiresAt, endsAt } = session
      // A length, not an instant: Redis's clock need not be ours.
      const kept = Math.max(expiresAt - lastSeenAt, 0) + sessionKeptSeconds
      const about = [sid, userId, startedAt, expiresAt, endsAt, kept]
      const isNew = await run(link, INSERT, ...about, ...toFields(session))
      if (isNew !== 1) throw new Error('there is a session of this id')
    },

    find,

    async listLive(now, userId, limit = Number.POSITIVE_INFINITY) {
      const live: Session[] = []
      for await (const sids of newestOf(userId, now))
        for (let at = 0; at < sids.length; at += LISTED_AT_ONCE) {
          const sessions = await findAll(sids.slice(at, at + LISTED_AT_ONCE))
          live.push(...sessions.filter((session) => isLive(session, now)))
          if (live.length >= limit) return live.slice(0, limit)
        }
      return live
    },

    countLive: (now) => countLater(KEYS.live, now),

    async listOver(userId, now, limit) {
      const [ended, expired] = await Promise.all([
        lastUntil(KEYS.ended + userId, '+inf', limit),
        lastUntil(KEYS.open + userId, now, limit),
      ])
      const over = await findAll([...ended, ...expired].map((entry) => readEntry(entry).sid))
      return over.toSorted((a, b) => overAt(b) - overAt(a) || (a.sid < b.sid ? 1 : -1)).slice(0, limit)
    },

    async extend(sid, expiresAt, now) {
      return changed(sid, await run(link, EXTEND, sid, expiresAt, now, sessionKeptSeconds))
    },

    async rotate(sid, rotation, { currentHash, previousHash, expiresAt }, now) {
      const to = [currentHash, previousHash ?? '', expiresAt]
      return changed(sid, await run(link, ROTATE, sid, rotation, ...to, now, sessionKeptSeconds))
    },

    async touch(sid, now, unlessSince) {
      await run(link, TOUCH, sid, now, unlessSince)
    },

    async end(sid, reason, now) {
      const [ended] = await endAmong([sid], reason, now)
      if (!ended) await run(link, END_LOST, sid, reason, now, revocationKeptSeconds)
      return ended ?? null
    },

    async endAll(userId, reason, now, { expiringAfter, startedUntil = Number.POSITIVE_INFINITY, except }) {
      // From the newest on, so that what is begun meanwhile, which is not meant, is not come upon. They are ended in slices,
      // each session once, whoever else is at it.
      const ended: Ended[] = []
      for await (const entries of openOf(userId, expiringAfter)) {
        const sids = entries
          .filter(({ sid, startedAt }) => startedAt <= startedUntil && sid !== except)
          .map(({ sid }) => sid)
        for (let at = 0; at < sids.length; at += SLICE)
          ended.push(...(await endAmong(sids.slice(at, at + SLICE), reason, now)))
      }
      return ended
    },

    revocations: (since) => readLog(link, since),
    epoch: (now) => readEpoch(link, now),
    renewEpoch: (id, now) => renewEpoch(link, id, now),

    async mark({ id, at }, before) {
      return (await run(link, MARK, id, at, before?.id ?? '', at - MARK_KEPT_SECONDS)) === 1
    },

    async hasLost({ id, at }) {
      return (await run(link, HAS_LOST, id, at)) === 1
    },

    async awaitRevocations(after, now) {
      return awaitLog(await openFollowingLink(), after, now, revocationKeptSeconds)
    },

    async purge(before) {
      for (;;) {
        const gone = (await run(link, PURGE, before, SLICE)) as number
        if (gone < SLICE) return
      }
    },
  }
}

const newestFirst = (entries: Entry[]): string[] =>
  entries.toSorted((a, b) => b.startedAt - a.startedAt || (a.sid < b.sid ? 1 : -1)).map(({ sid }) => sid)

const overAt = ({ endedAt, expiresAt }: Session): number => endedAt ?? expiresAt
