import type { Generated } from 'kysely'
import type { AuditEvent } from '../audit/event.ts'
import type { EndReason } from '../sessions/session.ts'

/** The rows as the SQL engines keep them. Instants are epoch seconds. */
export interface Tables {
  users: {
    id: string
    username: string
    username_key: string
    email: string | null
    phone: string | null
    name: string | null
    role: 'user' | 'admin'
    status: 'active' | 'disabled'
    password_hash: string
    revision: number
    created_at: number
  }
  setup_code: { only: 1; hash: string }
  sessions: {
    sid: string
    user_id: string
    user_revision: number
    device: string
    address: string
    started_at: number
    last_seen_at: number
    expires_at: number
    ends_at: number
    ended_at: number | null
    end_reason: EndReason | null
    carrier: 'cookie' | 'bearer'
    refresh_salt: string | null
    refresh_rotation: number | null
    refresh_hash: string | null
    refresh_previous_hash: string | null
    refresh_rotated_at: number | null
  }
  epoch: { only: 1; id: string; at: number }
  marks: { id: string; at: number }
  audit: {
    seq: Generated<number>
    at: number
    event: AuditEvent
    user_id: string | null
    sid: string | null
    address: string | null
    reason: string | null
  }
  nodes: {
    id: string
    name: string
    version: string
    public_url: string
    secret_print: string
    /** Separated by spaces. */
    kids: string
    signing_kid: string | null
    started_at: number
    seen_at: number
    /** By the database's clock, at the same write as `seen_at`. */
    stored_at: number
  }
}
