import type { Accounts } from '../accounts/accounts.ts'
import type { User } from '../accounts/user.ts'
import type { Audit } from '../audit/audit.ts'
import type { From } from '../audit/event.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Claims } from '../tokens/claims.ts'
import type { TokenVerifier, Verified } from '../tokens/verify.ts'
import type { Endings } from './end-sessions.ts'
import { type Fixed, fixedOf, type Grant, type IssueGrant, type Times, timesOf } from './grant.ts'
import { idleEnd, type SessionPolicy } from './lifetimes.ts'
import { type Device, newSession } from './new-session.ts'
import type { RefreshTokens } from './refresh-token.ts'
import { decideRefresh, refreshFrom } from './refresh-window.ts'
import type { Revocations } from './revocations.ts'
import { type EndReason, isUnchanged, type Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

/** What an access token is worth now. `expired` and `revoked` still name the session: their signature is good. */
export type Resumed =
  | { kind: 'live'; claims: Claims }
  | { kind: 'malformed' | 'invalid' }
  | { kind: 'expired'; claims: Claims }
  | { kind: 'revoked'; claims: Claims; reason: EndReason | null }

type Signed = Extract<Verified, { claims: Claims }>

export type RenewOutcome =
  | { kind: 'renewed'; grant: Grant }
  /** The session was begun by the other carrier, which alone renews it. */
  | { kind: 'other-carrier' }
  /** It has a refresh token, which alone renews it. */
  | { kind: 'by-refresh-token' }
  | { kind: 'over'; reason: EndReason | null }

export type RefreshOutcome = RenewOutcome | { kind: 'too-early'; refreshFrom: number } | { kind: 'expired' }

/** How a session is begun: what carries its tokens, and whether it outlives its access token. */
export interface Beginning {
  carrier: Session['carrier']
  /** With a refresh token. */
  remember: boolean
}

export interface Sessions {
  /** A new session for a user whose password was just checked; null when the user was disabled or changed meanwhile. */
  start(user: User, beginning: Beginning, device: Device): Promise<Grant | null>
  /**
   * At once for a token that is known, as long as the revocation log is fresh. Rejects when it is stale and the store does not
   * answer: nobody is let in on old news.
   */
  resume(token: string): Resumed | Promise<Resumed>
  /** A new access token for the one of a cookie in its refresh window. */
  refresh(claims: Claims, from: From): Promise<RefreshOutcome>
  /** A new access token for a live one that came without a refresh token, at any time. The user is looked up again. */
  renew(claims: Claims, carrier: Session['carrier'], from: From): Promise<RenewOutcome>
  /** The instants that matter to whoever holds this token; null when its session is unknown. */
  times(claims: Claims): Promise<Times | null>
}

export interface SessionsNeeds {
  store: SessionStore
  revocations: Pick<Revocations, 'reasonFor' | 'isBeforeEpoch' | 'isStale' | 'epoch'>
  endings: Pick<Endings, 'one'>
  accounts: Pick<Accounts, 'find'>
  audit: Pick<Audit, 'record'>
  verifier: TokenVerifier
  refreshTokens: Pick<RefreshTokens, 'first'>
  grant: IssueGrant
  sawSession(sid: string): void
  policy: SessionPolicy
  clock: Clock
}

const MOST_REMEMBERED = 5000

/** The life of a session: begun by a password, renewed in its refresh window, over at its end or as soon as it is revoked. */
export function createSessions(needs: SessionsNeeds): Sessions {
  const { store, revocations, endings, accounts, audit, verifier, refreshTokens, grant, sawSession } = needs
  const { policy, clock } = needs
  // It never changes, so it can be remembered without ever being wrong.
  const fixed = new BoundedMap<string, Fixed>(MOST_REMEMBERED)

  /** Why a token's session is over, null when nobody knows, undefined while it lives. From memory. */
  const whyOver = ({ sid, auth_time }: Claims): EndReason | null | undefined =>
    revocations.reasonFor(sid) ?? (revocations.isBeforeEpoch(auth_time) ? null : undefined)

  /** The same asked of the store, for the log has gone quiet. */
  async function askWhyOver(claims: Claims): Promise<EndReason | null | undefined> {
    // What was heard stays so, whatever a store says that may have been put back since.
    const known = whyOver(claims)
    if (known !== undefined) return known
    const { sid, auth_time } = claims
    const [session, epoch] = await Promise.all([store.find(sid), store.epoch(clock.now())])
    const isOver = !session || session.endedAt !== null || auth_time < epoch.at
    return isOver ? (session?.endReason ?? null) : undefined
  }

  function resumeVerified(verified: Verified): Resumed | Promise<Resumed> {
    if (verified.kind === 'malformed' || verified.kind === 'invalid') return verified
    return revocations.isStale()
      ? askWhyOver(verified.claims).then((reason) => resumed(verified, reason))
      : resumed(verified, whyOver(verified.claims))
  }

  function resumed({ kind, claims }: Signed, reason: EndReason | null | undefined): Resumed {
    if (reason !== undefined) return { kind: 'revoked', claims, reason }
    if (kind === 'expired') return { kind, claims }
    sawSession(claims.sid)
    return { kind: 'live', claims }
  }

  async function renew(claims: Claims, carrier: Session['carrier'], from: From): Promise<RenewOutcome> {
    const now = clock.now()
    const [user, session] = await Promise.all([accounts.find(claims.sub), store.find(claims.sid)])
    // A stolen access token of an API client must not be made to live on by putting it into a cookie, nor the reverse.
    if (session && session.carrier !== carrier) return { kind: 'other-carrier' }
    // Nor one of a session with a refresh token, which would live for as long as that and never show it.
    if (session?.refresh) return { kind: 'by-refresh-token' }
    if (!session || !isUnchanged(user, session)) return { kind: 'over', reason: session?.endReason ?? null }
    const extended = await store.extend(session.sid, idleEnd(session, policy, now), now)
    if (!extended) return { kind: 'over', reason: (await store.find(session.sid))?.endReason ?? null }
    await audit.record('session.refreshed', { userId: user.id, sid: session.sid }, from)
    return { kind: 'renewed', grant: await grant(user, extended) }
  }

  return {
    async start(user, { carrier, remember }, device) {
      const sid = newId()
      const refreshToken = remember ? refreshTokens.first(sid) : undefined
      // No earlier than the epoch: it would be taken for one that the store has lost.
      const beginsAt = Math.max(clock.now(), revocations.epoch()?.at ?? 0)
      const session = newSession(sid, user, { carrier, refreshToken }, device, policy, beginsAt)
      await store.insert(session)
      // Looked up again after the insert: a change made before is seen here, one made after ends this session too.
      const current = await accounts.find(user.id)
      if (isUnchanged(current, session)) {
        await audit.record('sign_in.succeeded', { userId: user.id, sid }, device)
        fixed.set(sid, fixedOf(session))
        return grant(current, session, refreshToken)
      }
      await endings.one(sid, 'disabled', device)
      await audit.record('sign_in.failed', { userId: user.id, reason: 'disabled' }, device)
      return null
    },

    resume(token) {
      const verified = verifier.verify(token)
      return verified instanceof Promise ? verified.then(resumeVerified) : resumeVerified(verified)
    },

    async refresh(claims, from) {
      const decision = decideRefresh(claims.exp, policy, clock.now())
      if (decision === 'too-early') return { kind: 'too-early', refreshFrom: refreshFrom(claims.exp, policy) }
      if (decision === 'expired') return { kind: 'expired' }
      return renew(claims, 'cookie', from)
    },

    renew,

    async times(claims) {
      const known = fixed.get(claims.sid)
      if (known) return timesOf(claims, known, policy)
      const session = await store.find(claims.sid)
      if (!session) return null
      fixed.set(claims.sid, fixedOf(session))
      return timesOf(claims, fixedOf(session), policy)
    },
  }
}
