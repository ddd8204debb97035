import type { Logger } from 'pino'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { addDemoUsers } from './accounts/demo-users.ts'
import { createPasswords } from './accounts/passwords.ts'
import { createSetup, type Setup } from './accounts/setup.ts'
import type { Config } from './config.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { newId } from './lib/ids.ts'
import { createRevocations, type Revocations } from './sessions/revocations.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { openStores } from './stores/open.ts'
import type { TokenPolicy } from './tokens/claims.ts'
import { createIssuer } from './tokens/issue.ts'
import { addFirstKeyFile, readKeyFiles } from './tokens/key-files.ts'
import { createKeyRing } from './tokens/key-ring.ts'
import { generatePem, readSigningKey, type SigningKey } from './tokens/signing-key.ts'
import { createVerifier } from './tokens/verify.ts'

/** What administers accounts and sessions: all that the command line needs, and no signing key. */
export interface AdminDeps {
  config: Config
  log: Logger
  clock: Clock
  accounts: Accounts
  setup: Setup
  revocations: Revocations
  sessionStore: SessionStore
  /** Whether the stores answer. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

/** What a server needs. */
export interface Deps extends AdminDeps {
  sessions: Sessions
}

export async function openAdminDeps(
  config: Config,
  log: Logger,
  clock: Clock = systemClock,
): Promise<AdminDeps> {
  const stores = await openStores(config)
  const revocations = createRevocations({
    store: stores.sessions,
    clock,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
    onTrouble: (error, doing) =>
      error
        ? log.error({ err: error, doing }, 'the revocation log does not answer')
        : log.info('the revocation log answers again'),
  })
  const passwords = createPasswords({ concurrency: config.hashConcurrency })
  if (config.demo) await addDemoUsers(stores.users, passwords, clock.now())
  const accounts = createAccounts({
    users: stores.users,
    passwords,
    policy: { minLength: config.passwordMinLength },
    clock,
    endSessions: (userId, ending) => revocations.revokeAll(userId, ending),
  })
  return {
    config,
    log,
    clock,
    accounts,
    setup: createSetup({ users: stores.users, accounts }),
    revocations,
    sessionStore: stores.sessions,
    ready: () =>
      stores.ping().then(
        () => true,
        () => false,
      ),
    async close() {
      revocations.close()
      await stores.close()
    },
  }
}

/** Opens everything a server needs; `close()` ends it. It has read the revocation log before it answers anybody. */
export async function openDeps(config: Config, log: Logger, clock: Clock = systemClock): Promise<Deps> {
  const keys = await openKeys(config)
  const deps = await openAdminDeps(config, log, clock)
  const { accounts, revocations, sessionStore } = deps
  const ring = createKeyRing(keys)
  const policy: TokenPolicy = {
    issuer: config.publicUrl,
    audience: config.tokenAudience,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
  }
  const sessions = createSessions({
    store: sessionStore,
    revocations,
    accounts,
    issue: createIssuer({ ring, policy, clock }),
    verifier: createVerifier({ ring, policy, clock }),
    policy: config,
    clock,
  })
  await revocations.poll()
  revocations.follow()
  return { ...deps, sessions }
}

async function openKeys({ keysDir }: Config): Promise<SigningKey[]> {
  if (keysDir === null) return [await readSigningKey(newId(), await generatePem('ES256'))]
  let files = await readKeyFiles(keysDir)
  if (files.length === 0) {
    await addFirstKeyFile(keysDir, 'ES256')
    files = await readKeyFiles(keysDir)
  }
  return files.map(({ key }) => key)
}
