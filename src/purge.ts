import type { Audit } from './audit/audit.ts'
import type { Config } from './config.ts'
import type { Clock } from './lib/clock.ts'
import type { NodeStore } from './nodes/node.ts'
import { sessionKeptSeconds } from './sessions/kept.ts'
import type { SessionStore } from './sessions/session-store.ts'

const PURGE_EVERY_MILLISECONDS = 10 * 60 * 1000
// A node that was stopped takes its row with it: what is left is of one that crashed.
const NODE_KEPT_SECONDS = 3600

export interface PurgeNeeds {
  config: Pick<Config, 'auditKeepSeconds' | 'longestTokenLifeSeconds'>
  audit: Pick<Audit, 'purge'>
  sessionStore: Pick<SessionStore, 'purge'>
  nodeStore: Pick<NodeStore, 'purge'>
  clock: Clock
}

/** Forgets old sessions, old entries of the audit log, and nodes that are gone. */
export async function purge({ config, audit, sessionStore, nodeStore, clock }: PurgeNeeds): Promise<void> {
  const now = clock.now()
  await audit.purge(now - config.auditKeepSeconds)
  await sessionStore.purge(now - sessionKeptSeconds(config))
  await nodeStore.purge(NODE_KEPT_SECONDS)
}

/** Purges now, and again and again until `stop()`. */
export function startPurge(needs: PurgeNeeds & { onTrouble(error: unknown): void }): { stop(): void } {
  let isStopped = false
  const purgeAgain = () =>
    purge(needs).catch((error) => {
      // The stores are closed then, and the next slice of a long one finds them so.
      if (!isStopped) needs.onTrouble(error)
    })
  purgeAgain()
  const timer = setInterval(purgeAgain, PURGE_EVERY_MILLISECONDS).unref()
  return {
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
