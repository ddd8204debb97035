import type { User } from '../accounts/user.ts'
import type { From } from '../audit/event.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { newSecret } from '../lib/ids.ts'
import { absoluteEnd, idleEnd, type SessionPolicy } from './lifetimes.ts'
import type { RefreshState, Session } from './session.ts'

/** The device of a sign-in: in words, and its address. */
export interface Device extends From {
  device: string
  address: string
}

/** The record of a session that begins now. `refreshToken` is its first one, if it has any; the record keeps its hash only. */
export function newSession(
  sid: string,
  user: User,
  { carrier, refreshToken }: { carrier: Session['carrier']; refreshToken: string | undefined },
  { device, address }: Device,
  policy: SessionPolicy,
  now: number,
): Session {
  const refresh = refreshToken === undefined ? null : firstState(refreshToken, now)
  const endsAt = absoluteEnd(refresh !== null, policy, now)
  return {
    sid,
    userId: user.id,
    userRevision: user.revision,
    device,
    address,
    carrier,
    startedAt: now,
    lastSeenAt: now,
    expiresAt: idleEnd({ carrier, refresh, endsAt }, policy, now),
    endsAt,
    refresh,
    endedAt: null,
    endReason: null,
  }
}

const firstState = (token: string, now: number): RefreshState => ({
  salt: newSecret(),
  rotation: 0,
  currentHash: hashSecret(token),
  previousHash: null,
  rotatedAt: now,
})
