import type { Logger } from 'pino'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { addDemoUsers } from './accounts/demo-users.ts'
import { createPasswords } from './accounts/passwords.ts'
import { createSetup, type Setup } from './accounts/setup.ts'
import { type Audit, createAudit } from './audit/audit.ts'
import type { Config } from './config.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { logEvent, logKeyChanges } from './log.ts'
import { startPurge } from './purge.ts'
import { createDevices, type Devices } from './sessions/devices.ts'
import { createEndings, type Endings } from './sessions/end-sessions.ts'
import { createGrants } from './sessions/grant.ts'
import { createLastSeen } from './sessions/last-seen.ts'
import { createRefreshTokens, type RefreshTokens } from './sessions/refresh-token.ts'
import { createRevocations, type Revocations } from './sessions/revocations.ts'
import { createRotate, type Rotate } from './sessions/rotate.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { openStores } from './stores/open.ts'
import { openSecret } from './stores/secret-file.ts'
import type { TokenPolicy } from './tokens/claims.ts'
import { followKeys } from './tokens/follow-keys.ts'
import { createIssuer } from './tokens/issue.ts'
import { openKeys } from './tokens/key-files.ts'
import { createKeyRing, type KeyRing } from './tokens/key-ring.ts'
import { createVerifier } from './tokens/verify.ts'

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
  /** Whether the stores answer. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

/** What a server needs. */
export interface Deps extends AdminDeps {
  sessions: Sessions
  rotate: Rotate
  refreshTokens: Pick<RefreshTokens, 'sidOf'>
  devices: Devices
  ring: Pick<KeyRing, 'all'>
}

export async function openAdminDeps(
  config: Config,
  log: Logger,
  clock: Clock = systemClock,
): Promise<AdminDeps> {
  const stores = await openStores(config)
  const audit = createAudit({
    store: stores.audit,
    clock,
    onEvent: (entry, from) => logEvent(log, entry, from),
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
    accounts,
    setup: createSetup({ users: stores.users, accounts }),
    audit,
    endings,
    revocations,
    sessionStore: stores.sessions,
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

/** Opens everything a server needs; `close()` ends it. It has read the revocation log before it answers anybody. */
export async function openDeps(config: Config, log: Logger, clock: Clock = systemClock): Promise<Deps> {
  const keys = await openKeys(config.keysDir, config.tokenAlg)
  const refreshTokens = createRefreshTokens(await openSecret(config))
  const deps = await openAdminDeps(config, log, clock)
  const { accounts, audit, endings, revocations, sessionStore } = deps
  const ring = createKeyRing(keys, { leadSeconds: config.keyLeadSeconds, clock })
  const tokenPolicy: TokenPolicy = {
    issuer: config.publicUrl,
    audiences: config.tokenAudiences,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
  }
  const grant = createGrants({
    issue: createIssuer({ ring, policy: tokenPolicy, extraClaims: config.tokenClaims, clock }),
    policy: config,
    clock,
  })
  const shared = {
    store: sessionStore,
    accounts,
    audit,
    endings,
    revocations,
    refreshTokens,
    grant,
    policy: config,
    clock,
  }
  const sessions = createSessions({
    ...shared,
    verifier: createVerifier({ ring, policy: tokenPolicy, clock }),
    sawSession: createLastSeen(shared),
  })
  await revocations.poll()
  revocations.follow()
  const keyLog = logKeyChanges(log)
  for (const key of keys) keyLog.warnOfSecret(key)
  const following = config.keysDir === null ? null : followKeys({ dir: config.keysDir, ring, ...keyLog })
  const purge = startPurge({
    ...deps,
    onTrouble: (error) => log.error({ err: error }, 'what is too old cannot be deleted'),
  })
  return {
    ...deps,
    sessions,
    rotate: createRotate(shared),
    refreshTokens,
    devices: createDevices(shared),
    ring,
    async close() {
      following?.close()
      purge.stop()
      await deps.close()
    },
  }
}
