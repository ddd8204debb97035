import type { Accounts } from '../accounts/accounts.ts'
import type { User } from '../accounts/user.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Claims } from '../tokens/claims.ts'
import type { IssueToken } from '../tokens/issue.ts'
import type { TokenVerifier } from '../tokens/verify.ts'
import { decideRefresh, type RefreshPolicy, refreshFrom, tokenExpiry } from './refresh-window.ts'
import type { Revocations } from './revocations.ts'
import type { EndReason, Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

export interface SessionPolicy extends RefreshPolicy {
  sessionMaxAgeSeconds: number
}

/** When a token can be renewed and expires, and when its session ends for good. Epoch seconds. */
export interface Times {
  expiresAt: number
  refreshFrom: number
  endsAt: number
}

/** An access token just issued. */
export interface Grant extends Times {
  token: string
  claims: Claims
}

/** What an access token is worth now. `expired` and `revoked` still name the session: their signature is good. */
export type Resumed =
  | { kind: 'live'; claims: Claims }
  | { kind: 'malformed' | 'invalid' }
  | { kind: 'expired'; claims: Claims }
  | { kind: 'revoked'; claims: Claims; reason: EndReason | null }

export type RefreshOutcome =
  | { kind: 'renewed'; grant: Grant }
  | { kind: 'too-early'; refreshFrom: number }
  | { kind: 'expired' }
  | { kind: 'over'; reason: EndReason | null }

export interface Sessions {
  /** A new session for a user whose password was just checked; null when the user was disabled or changed meanwhile. */
  start(user: User, from: { device: string; address: string }): Promise<Grant | null>
  /** Throws when the revocation log is stale and the store does not answer: nobody is let in on old news. */
  resume(token: string): Promise<Resumed>
  refresh(claims: Claims): Promise<RefreshOutcome>
  /** The instants that matter to whoever holds this token; null when its session is unknown. */
  times(claims: Claims): Promise<Times | null>
  end(sid: string, reason: EndReason): Promise<boolean>
}

export interface SessionsNeeds {
  store: SessionStore
  revocations: Revocations
  accounts: Pick<Accounts, 'find'>
  issue: IssueToken
  verifier: TokenVerifier
  policy: SessionPolicy
  clock: Clock
}

const MOST_ENDS_REMEMBERED = 5000

/** The life of a session: begun by a password, renewed in its refresh window, over at its end or as soon as it is revoked. */
export function createSessions(needs: SessionsNeeds): Sessions {
  const { store, revocations, accounts, issue, verifier, policy, clock } = needs
  // A session's absolute end never moves, so it can be remembered without ever being wrong.
  const ends = new BoundedMap<string, number>(MOST_ENDS_REMEMBERED)

  /** `exp` is this token's own: the session's idle end may be a later one, of another token. */
  async function grant(user: User, session: Session, exp: number): Promise<Grant> {
    const { sid, endsAt, startedAt } = session
    ends.set(sid, endsAt)
    const { token, claims } = await issue({
      sub: user.id,
      sid,
      auth_time: startedAt,
      username: user.username,
      role: user.role,
      exp,
    })
    return { token, claims, ...timesOf(claims, endsAt) }
  }

  const timesOf = ({ exp }: Claims, endsAt: number): Times => ({
    expiresAt: exp,
    refreshFrom: refreshFrom(exp, policy),
    endsAt,
  })

  /** Why a session is over, null when nobody knows, undefined while it lives: asked of the store, for the log has gone quiet. */
  async function askWhyOver(sid: string): Promise<EndReason | null | undefined> {
    const known = revocations.reasonFor(sid)
    if (known) return known
    const session = await store.find(sid)
    return session && session.endedAt === null ? undefined : (session?.endReason ?? null)
  }

  return {
    async start(user, { device, address }) {
      const now = clock.now()
      const endsAt = now + policy.sessionMaxAgeSeconds
      const session: Session = {
        sid: newId(),
        userId: user.id,
        userRevision: user.revision,
        device,
        address,
        startedAt: now,
        lastSeenAt: now,
        expiresAt: tokenExpiry(endsAt, policy, now),
        endsAt,
        endedAt: null,
        endReason: null,
      }
      await store.insert(session)
      // Looked up again after the insert: a change made before is seen here, one made after ends this session too.
      const current = await accounts.find(user.id)
      if (current?.status === 'active' && current.revision === user.revision)
        return grant(current, session, session.expiresAt)
      await revocations.revoke(session.sid, 'disabled')
      return null
    },

    async resume(token) {
      const verified = await verifier.verify(token)
      if (verified.kind === 'malformed' || verified.kind === 'invalid') return verified
      const { claims } = verified
      const reason = revocations.isStale() ? await askWhyOver(claims.sid) : revocations.reasonFor(claims.sid)
      if (reason !== undefined) return { kind: 'revoked', claims, reason }
      return { kind: verified.kind === 'valid' ? 'live' : 'expired', claims }
    },

    async refresh(claims) {
      const now = clock.now()
      const decision = decideRefresh(claims.exp, policy, now)
      if (decision === 'too-early') return { kind: 'too-early', refreshFrom: refreshFrom(claims.exp, policy) }
      if (decision === 'expired') return { kind: 'expired' }
      const [user, session] = await Promise.all([accounts.find(claims.sub), store.find(claims.sid)])
      // The revision too: a change that was cut short before it ended the sessions must not let them live on.
      if (user?.status !== 'active' || user.revision !== session?.userRevision) {
        return { kind: 'over', reason: session?.endReason ?? null }
      }
      const exp = tokenExpiry(session.endsAt, policy, now)
      const extended = await store.extend(session.sid, exp, now)
      if (extended) return { kind: 'renewed', grant: await grant(user, extended, exp) }
      return { kind: 'over', reason: (await store.find(session.sid))?.endReason ?? null }
    },

    async times(claims) {
      const known = ends.get(claims.sid)
      if (known !== undefined) return timesOf(claims, known)
      const session = await store.find(claims.sid)
      if (!session) return null
      ends.set(claims.sid, session.endsAt)
      return timesOf(claims, session.endsAt)
    },

    end: (sid, reason) => revocations.revoke(sid, reason),
  }
}
