import type { Logger } from 'pino'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { addDemoUsers } from './accounts/demo-users.ts'
import { createPasswords, type Passwords } from './accounts/passwords.ts'
import { createSetup, type Setup } from './accounts/setup.ts'
import { type Audit, createAudit } from './audit/audit.ts'
import type { Config } from './config.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { logEvent, warnOrSay } from './log.ts'
import { countEvent } from './metrics/count-events.ts'
import { countBusy } from './metrics/count-outcomes.ts'
import type { Metrics } from './metrics/metrics.ts'
import { timeStores } from './metrics/time-stores.ts'
import type { NodeStore } from './nodes/node.ts'
import { createEndings, type Endings } from './sessions/end-sessions.ts'
import { createRevocations, type Revocations } from './sessions/revocations.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { openStores, WAITING } from './stores/open.ts'

/** What administers accounts and sessions: all that the command line needs, no signing key and no secret. */
export interface AdminDeps {
  config: Config
  log: Logger
  clock: Clock
  accounts: Accounts
  setup: Setup
  audit: Audit
  endings: Endings
  revocations: Revocations
  sessionStore: SessionStore
  nodeStore: NodeStore
  passwords: Pick<Passwords, 'running' | 'waiting'>
  /** Whether the stores answer. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

export async function openAdminDeps(
  config: Config,
  log: Logger,
  clock: Clock = systemClock,
  metrics: Metrics | null = null,
): Promise<AdminDeps> {
  const opened = await openStores(config, () => warnOrSay(log, WAITING))
  const stores = metrics ? timeStores(opened, metrics) : opened
  const audit = createAudit({
    store: stores.audit,
    clock,
    onEvent(entry, from) {
      logEvent(log, entry, from)
      if (metrics) countEvent(entry, metrics)
    },
    onTrouble: (error, event) => log.error({ err: error, event }, 'the audit log cannot be written'),
  })
  const revocations = createRevocations({
    store: stores.sessions,
    clock,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
    onTrouble: (error) =>
      error
        ? log.error({ err: error }, 'the revocation log does not answer')
        : log.info('the revocation log answers again'),
    onEpoch: () =>
      log.warn('another epoch has begun, and nobody is signed in any more: docs/stores.md says why'),
    ...(metrics && { onHeard: ({ revokedAt }) => metrics.revocationHeard(clock.now() - revokedAt) }),
  })
  const endings = createEndings({ store: stores.sessions, revocations, audit, clock })
  const passwords = createPasswords({ concurrency: config.hashConcurrency })
  if (config.demo) await addDemoUsers(stores.users, passwords, clock.now())
  const accounts = createAccounts({
    users: stores.users,
    passwords,
    audit,
    policy: { minLength: config.passwordMinLength },
    clock,
    endSessions: (userId, ending, from) => endings.allOf(userId, ending, from),
  })
  return {
    config,
    log,
    clock,
    accounts: metrics ? { ...accounts, checkSignIn: countBusy(accounts.checkSignIn, metrics) } : accounts,
    setup: createSetup({ users: stores.users, accounts }),
    audit,
    endings,
    revocations,
    sessionStore: stores.sessions,
    nodeStore: stores.nodes,
    passwords,
    ready: () =>
      stores.ping().then(
        () => true,
        () => false,
      ),
    async close() {
      revocations.close()
      endings.close()
      await stores.close()
    },
  }
}
