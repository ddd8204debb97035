import { setImmediate as turn } from 'node:timers/promises'
import type { ExpressionBuilder, Kysely } from 'kysely'
import type { EndReason } from '../sessions/session.ts'
import type { Ended, SessionStore, Which } from '../sessions/session-store.ts'
import { inSlices } from './slices.ts'
import { createSqlEpoch } from './sql-epoch.ts'
import { toRow, toSession } from './sql-session-rows.ts'
import type { SqlWords } from './sql-words.ts'
import type { Tables } from './tables.ts'

// What one statement may do, so that it stays far below its time limit and nobody waits long for its rows.
const ENDED_AT_ONCE = 500
const PURGED_AT_ONCE = 1000

export function createSqlSessions(db: Kysely<Tables>, words: Pick<SqlWords, 'greatest'>): SessionStore {
  /** An idle end never moves back, whichever of two writes comes last. */
  const later = (eb: ExpressionBuilder<Tables, 'sessions'>, expiresAt: number) =>
    eb.fn<number>(words.greatest, ['expires_at', eb.val(expiresAt)])

  /** Ends sessions that were not ended: that they are is the entry in the log. */
  const ending = (reason: EndReason, now: number) =>
    db
      .updateTable('sessions')
      .set({ ended_at: now, end_reason: reason })
      .where('ended_at', 'is', null)
      .returning(['sid', 'user_id as userId', 'expires_at as expiresAt'])

  /** A change of one session, if it is live at `now`. */
  const changingLive = (sid: string, now: number) =>
    db
      .updateTable('sessions')
      .where('sid', '=', sid)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now)
      .where('ends_at', '>', now)

  return {
    async insert(session) {
      await db.insertInto('sessions').values(toRow(session)).execute()
    },

    async find(sid) {
      const row = await db.selectFrom('sessions').selectAll().where('sid', '=', sid).executeTakeFirst()
      return row ? toSession(row) : null
    },

    async listLive(now, userId, limit) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('ends_at', '>', now)
        .$if(userId !== undefined, (query) => query.where('user_id', '=', userId as string))
        .orderBy('started_at', 'desc')
        .orderBy('sid', 'desc')
        .$if(limit !== undefined, (query) => query.limit(limit as number))
        .execute()
      return rows.map(toSession)
    },

    async countLive(now) {
      const { count } = await db
        .selectFrom('sessions')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('ends_at', '>', now)
        .executeTakeFirstOrThrow()
      return count
    },

    async listOver(userId, now, limit) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .where((eb) => eb.or([eb('ended_at', 'is not', null), eb('expires_at', '<=', now)]))
        .orderBy((eb) => eb.fn.coalesce('ended_at', 'expires_at'), 'desc')
        .orderBy('sid', 'desc')
        .limit(limit)
        .execute()
      return rows.map(toSession)
    },

    async extend(sid, expiresAt, now) {
      const row = await changingLive(sid, now)
        .set((eb) => ({ expires_at: later(eb, expiresAt), last_seen_at: now }))
        .returningAll()
        .executeTakeFirst()
      return row ? toSession(row) : null
    },

    async rotate(sid, rotation, { currentHash, previousHash, expiresAt }, now) {
      const row = await changingLive(sid, now)
        .set((eb) => ({
          refresh_hash: currentHash,
          refresh_previous_hash: previousHash,
          refresh_rotation: rotation + 1,
          refresh_rotated_at: now,
          expires_at: later(eb, expiresAt),
          last_seen_at: now,
        }))
        .where('refresh_rotation', '=', rotation)
        .returningAll()
        .executeTakeFirst()
      return row ? toSession(row) : null
    },

    async touch(sid, now, unlessSince) {
      await changingLive(sid, now)
        .set({ last_seen_at: now })
        .where('last_seen_at', '<=', unlessSince)
        .execute()
    },

    async end(sid, reason, now) {
      const ended = await ending(reason, now).where('sid', '=', sid).executeTakeFirst()
      return ended ?? null
    },

    async endAll(userId, reason, now, which) {
      const ended: Ended[] = []
      for (let after = ''; ; ) {
        const meant = meaning(userId, which, after)
        // Where the slice ends is read first. Counting what was ended would not tell: another node may be ending the same.
        const last = await db
          .selectFrom('sessions')
          .select('sid')
          .where(meant)
          .orderBy('sid')
          .offset(ENDED_AT_ONCE - 1)
          .limit(1)
          .executeTakeFirst()
        const slice = ending(reason, now)
          .where(meant)
          .$if(last !== undefined, (query) => query.where('sid', '<=', last?.sid as string))
        ended.push(...(await slice.execute()))
        if (!last) return ended
        after = last.sid
        await turn()
      }
    },

    async revocations(since) {
      const rows = await db
        .selectFrom('sessions')
        .select(['sid', 'end_reason', 'ended_at'])
        .where('ended_at', '>=', since)
        .execute()
      return rows.map(({ sid, end_reason, ended_at }) => ({
        sid,
        reason: end_reason as EndReason,
        revokedAt: ended_at as number,
      }))
    },

    ...createSqlEpoch(db),

    async purge(before) {
      await inSlices(PURGED_AT_ONCE, async () => {
        const { numDeletedRows } = await db
          .deleteFrom('sessions')
          .where('sid', 'in', (eb) =>
            eb
              .selectFrom('sessions')
              .select('sid')
              .where(overBefore(before))
              .orderBy('expires_at')
              .limit(PURGED_AT_ONCE),
          )
          // Asked of the row itself too: one that is ended at this moment is kept, for it is an entry in the log.
          .where(overBefore(before))
          .executeTakeFirstOrThrow()
        return Number(numDeletedRows)
      })
    },
  }
}

/** Sessions of a user that are not ended and that `which` tells, from those after a sid on. */
const meaning =
  (userId: string, { startedUntil, expiringAfter, except }: Which, after: string) =>
  (eb: ExpressionBuilder<Tables, 'sessions'>) =>
    eb.and([
      eb('user_id', '=', userId),
      eb('sid', '>', after),
      eb('ended_at', 'is', null),
      eb('expires_at', '>', expiringAfter),
      ...(startedUntil === undefined ? [] : [eb('started_at', '<=', startedUntil)]),
      ...(except === undefined ? [] : [eb('sid', '!=', except)]),
    ])

const overBefore = (before: number) => (eb: ExpressionBuilder<Tables, 'sessions'>) =>
  eb.and([eb('expires_at', '<', before), eb.or([eb('ended_at', 'is', null), eb('ended_at', '<', before)])])
