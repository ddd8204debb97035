import type { Kysely, Selectable } from 'kysely'
import type { EndReason, Session } from '../sessions/session.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Tables } from './tables.ts'

export function createSqlSessions(db: Kysely<Tables>): SessionStore {
  /** Ends the sessions that have `value` in `column` and were not ended: that they are is the entry in the log. */
  async function endWhere(column: 'sid' | 'user_id', value: string, reason: EndReason, now: number) {
    const ended = await db
      .updateTable('sessions')
      .set({ ended_at: now, end_reason: reason })
      .where(column, '=', value)
      .where('ended_at', 'is', null)
      .returning('sid')
      .execute()
    return ended.map(({ sid }) => sid)
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
        .set((eb) => ({ expires_at: eb.fn('max', ['expires_at', eb.val(expiresAt)]), last_seen_at: now }))
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

    async purge(before) {
      await db
        .deleteFrom('sessions')
        .where('expires_at', '<', before)
        .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '<', before)]))
        .execute()
    },
  }
}

const toRow = (session: Session): Tables['sessions'] => ({
  sid: session.sid,
  user_id: session.userId,
  user_revision: session.userRevision,
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
  userRevision: row.user_revision,
  device: row.device,
  address: row.address,
  startedAt: row.started_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
  endReason: row.end_reason,
})
