import { type Kysely, type Selectable, sql } from 'kysely'
import type { EndReason, Session } from '../sessions/session.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Tables } from './tables.ts'

export function createSqlSessions(db: Kysely<Tables>): SessionStore {
  /** Ends the sessions that have `value` in `column` and were not ended, and logs each revocation, in one transaction. */
  async function endWhere(column: 'sid' | 'user_id', value: string, reason: EndReason, now: number) {
    return db.transaction().execute(async (transaction) => {
      // Logged by one statement, however many they are; the transaction already holds the write lock.
      await transaction
        .insertInto('revocations')
        .columns(['sid', 'reason', 'revoked_at'])
        .expression(
          transaction
            .selectFrom('sessions')
            .select(['sid', sql.val(reason).as('reason'), sql.val(now).as('revoked_at')])
            .where(column, '=', value)
            .where('ended_at', 'is', null),
        )
        .execute()
      const ended = await transaction
        .updateTable('sessions')
        .set({ ended_at: now, end_reason: reason })
        .where(column, '=', value)
        .where('ended_at', 'is', null)
        .returning('sid')
        .execute()
      return ended.map(({ sid }) => sid)
    })
  }

  return {
    async insert(session) {
      await db.insertInto('sessions').values(toRow(session)).execute()
    },

    async find(sid) {
      const row = await db.selectFrom('sessions').selectAll().where('sid', '=', sid).executeTakeFirst()
      return row ? toSession(row) : null
    },

    async listLive(now, userId) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('ends_at', '>', now)
        .$if(userId !== undefined, (query) => query.where('user_id', '=', userId as string))
        .orderBy('started_at', 'desc')
        .orderBy('sid', 'desc')
        .execute()
      return rows.map(toSession)
    },

    async extend(sid, expiresAt, now) {
      const row = await db
        .updateTable('sessions')
        .set({ expires_at: expiresAt, last_seen_at: now })
        .where('sid', '=', sid)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('ends_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return row ? toSession(row) : null
    },

    end: async (sid, reason, now) => (await endWhere('sid', sid, reason, now)).length > 0,

    endAll: (userId, reason, now) => endWhere('user_id', userId, reason, now),

    async revocations(since) {
      const rows = await db.selectFrom('revocations').selectAll().where('revoked_at', '>=', since).execute()
      return rows.map(({ sid, reason, revoked_at }) => ({ sid, reason, revokedAt: revoked_at }))
    },

    async purge(before) {
      await db.deleteFrom('revocations').where('revoked_at', '<', before).execute()
      await db.deleteFrom('sessions').where('expires_at', '<', before).execute()
    },
  }
}

const toRow = (session: Session): Tables['sessions'] => ({
  sid: session.sid,
  user_id: session.userId,
  device: session.device,
  address: session.address,
  started_at: session.startedAt,
  last_seen_at: session.lastSeenAt,
  expires_at: session.expiresAt,
  ends_at: session.endsAt,
  ended_at: session.endedAt,
  end_reason: session.endReason,
})

const toSession = (row: Selectable<Tables['sessions']>): Session => ({
  sid: row.sid,
  userId: row.user_id,
  device: row.device,
  address: row.address,
  startedAt: row.started_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
  endReason: row.end_reason,
})
