import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../audit/audit.ts'
import type { From } from '../audit/event.ts'
import type { Clock } from '../lib/clock.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import type { Endings } from './end-sessions.ts'
import type { Grant, IssueGrant } from './grant.ts'
import { idleEnd, type SessionPolicy } from './lifetimes.ts'
import type { RefreshTokens } from './refresh-token.ts'
import type { Revocations } from './revocations.ts'
import { decideRotation } from './rotation.ts'
import { type EndReason, isLive, isUnchanged, type Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

export type RotateOutcome =
  | { kind: 'rotated'; grant: Grant }
  /** Not a refresh token of ours, or one of the other carrier: nothing was ended. */
  | { kind: 'invalid' }
  /** The session is over: why it was ended, or null when it expired. */
  | { kind: 'over'; reason: EndReason | null }

/** Trades a refresh token for its successor and a new access token. */
export type Rotate = (token: string, carrier: Session['carrier'], from: From) => Promise<RotateOutcome>

export interface RotateNeeds {
  store: Pick<SessionStore, 'find' | 'rotate'>
  accounts: Pick<Accounts, 'find'>
  revocations: Pick<Revocations, 'reasonFor' | 'isBeforeEpoch'>
  endings: Pick<Endings, 'one'>
  refreshTokens: RefreshTokens
  grant: IssueGrant
  audit: Pick<Audit, 'record'>
  policy: SessionPolicy
  clock: Clock
}

const INVALID = { kind: 'invalid' } as const

export function createRotate(needs: RotateNeeds): Rotate {
  const { store, accounts, revocations, endings, refreshTokens, grant, audit, policy, clock } = needs

  return async function rotate(token, carrier, from) {
    const sid = refreshTokens.sidOf(token)
    if (!sid) return INVALID
    const presentedHash = hashSecret(token)
    for (;;) {
      const now = clock.now()
      const session = await store.find(sid)
      if (!session?.refresh || session.carrier !== carrier) return INVALID
      const user = await accounts.find(session.userId)
      // What is known here may not be written yet.
      const reason = session.endReason ?? revocations.reasonFor(sid) ?? null
      // Of before the epoch: the store was put back, and what was shown last may have been forgotten. No theft is seen in that.
      const isForgotten = revocations.isBeforeEpoch(session.startedAt)
      if (reason || isForgotten || !isUnchanged(user, session) || !isLive(session, now))
        return { kind: 'over', reason }

      const { salt, rotation } = session.refresh
      const decision = decideRotation(session.refresh, presentedHash, now)
      switch (decision) {
        case 'repeat':
          // Nothing is written: a retry is no use of its own, and moves no end.
          return {
            kind: 'rotated',
            grant: await grant(user, session, refreshTokens.successor(token, sid, salt, rotation)),
          }
        case 'reuse':
          await endings.one(sid, 'reuse', from)
          return { kind: 'over', reason: 'reuse' }
        case 'rotate':
        case 'replace': {
          const successor = refreshTokens.successor(token, sid, salt, rotation + 1)
          const to = {
            currentHash: hashSecret(successor),
            previousHash: presentedHash,
            expiresAt: idleEnd(session, policy, now),
          }
          const rotated = await store.rotate(sid, rotation, to, now)
          // Somebody was quicker, with this token or by ending the session: what is written now decides.
          if (!rotated) continue
          await audit.record('session.refreshed', { sid, userId: user.id }, from)
          return { kind: 'rotated', grant: await grant(user, rotated, successor) }
        }
        default:
          return decision satisfies never
      }
    }
  }
}
