import type { Audit } from './audit/audit.ts'
import type { Config } from './config.ts'
import type { Clock } from './lib/clock.ts'
import { KEPT_LONGER_SECONDS } from './sessions/revocations.ts'
import type { SessionStore } from './sessions/session-store.ts'

const PURGE_EVERY_MILLISECONDS = 10 * 60 * 1000

export interface PurgeNeeds {
  config: Pick<Config, 'auditKeepSeconds' | 'longestTokenLifeSeconds'>
  audit: Pick<Audit, 'purge'>
  sessionStore: Pick<SessionStore, 'purge'>
  clock: Clock
}

/** Forgets old sessions and old entries of the audit log. */
export async function purge({ config, audit, sessionStore, clock }: PurgeNeeds): Promise<void> {
  const now = clock.now()
  await audit.purge(now - config.auditKeepSeconds)
  // That a session was ended is its entry in the revocation log: kept for as long as a token of it may live.
  const kept = Math.max(config.auditKeepSeconds, config.longestTokenLifeSeconds + KEPT_LONGER_SECONDS)
  await sessionStore.purge(now - kept)
}

/** Purges now, and again and again until `stop()`. */
export function startPurge(needs: PurgeNeeds & { onTrouble(error: unknown): void }): { stop(): void } {
  const purgeAgain = () => purge(needs).catch(needs.onTrouble)
  purgeAgain()
  const timer = setInterval(purgeAgain, PURGE_EVERY_MILLISECONDS).unref()
  return { stop: () => clearInterval(timer) }
}
