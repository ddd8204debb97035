import type { Selectable } from 'kysely'
import type { RefreshState, Session } from '../sessions/session.ts'
import type { Tables } from './tables.ts'

type Row = Selectable<Tables['sessions']>

/** A session as a row. */
export const toRow = (session: Session): Tables['sessions'] => ({
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
  carrier: session.carrier,
  refresh_salt: session.refresh?.salt ?? null,
  refresh_rotation: session.refresh?.rotation ?? null,
  refresh_hash: session.refresh?.currentHash ?? null,
  refresh_previous_hash: session.refresh?.previousHash ?? null,
  refresh_rotated_at: session.refresh?.rotatedAt ?? null,
})

/** A row as a session. */
export const toSession = (row: Row): Session => ({
  sid: row.sid,
  userId: row.user_id,
  userRevision: row.user_revision,
  device: row.device,
  address: row.address,
  startedAt: row.started_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  endsAt: row.ends_at,
  carrier: row.carrier,
  refresh: toRefreshState(row),
  endedAt: row.ended_at,
  endReason: row.end_reason,
})

/** All of its columns are null, or none but the hash of a predecessor. */
function toRefreshState(row: Row): RefreshState | null {
  const { refresh_salt, refresh_rotation, refresh_hash, refresh_rotated_at } = row
  if (
    refresh_salt === null ||
    refresh_rotation === null ||
    refresh_hash === null ||
    refresh_rotated_at === null
  )
    return null
  return {
    salt: refresh_salt,
    rotation: refresh_rotation,
    currentHash: refresh_hash,
    previousHash: row.refresh_previous_hash,
    rotatedAt: refresh_rotated_at,
  }
}
