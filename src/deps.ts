import { join } from 'node:path'
import type { Logger } from 'pino'
import manifest from '../package.json' with { type: 'json' }
import { type AdminDeps, openAdminDeps } from './admin-deps.ts'
import { type Config, isShared } from './config.ts'
import { type AssertionFor, createAssertions } from './forward-auth/assertions.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { logKeyChanges } from './log.ts'
import { countRefreshes, countRotations } from './metrics/count-outcomes.ts'
import { createLiveSessions } from './metrics/live-sessions.ts'
import type { Metrics } from './metrics/metrics.ts'
import { createHeartbeat, type Heartbeat } from './nodes/heartbeat.ts'
import { secretPrint } from './nodes/secret-print.ts'
import { startPurge } from './purge.ts'
import { createDevices, type Devices } from './sessions/devices.ts'
import { createGrants } from './sessions/grant.ts'
import { createLastSeen } from './sessions/last-seen.ts'
import { createRefreshTokens, type RefreshTokens } from './sessions/refresh-token.ts'
import { createRevocationFeed, type RevocationFeed } from './sessions/revocation-feed.ts'
import { createRotate, type Rotate } from './sessions/rotate.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { createWitness } from './sessions/witness.ts'
import { openSecret } from './stores/secret-file.ts'
import { witnessFile } from './stores/witness-file.ts'
import type { TokenPolicy } from './tokens/claims.ts'
import { followKeys } from './tokens/follow-keys.ts'
import { createIssuer } from './tokens/issue.ts'
import { openKeys } from './tokens/key-files.ts'
import { signingOf } from './tokens/key-life.ts'
import { createKeyRing, type KeyRing } from './tokens/key-ring.ts'
import { KEPT_SECONDS } from './tokens/published-keys.ts'
import { createTokenVerifier } from './tokens/verify.ts'

/** What a server needs. */
export interface Deps extends AdminDeps {
  sessions: Sessions
  rotate: Rotate
  refreshTokens: Pick<RefreshTokens, 'sidOf'>
  devices: Devices
  revocationFeed: RevocationFeed
  assertionFor: AssertionFor
  ring: Pick<KeyRing, 'all'>
  heartbeat: Heartbeat
  /** Null when nobody asked for them: nothing is counted or timed then. */
  metrics: Metrics | null
}

const PUT_BACK = 'the store of sessions was put back to an older state: nobody is signed in any more'
const NO_WITNESS =
  'DATA_DIR cannot be written: a store of sessions that is put back while no node runs is not noticed'

/** Opens everything a server needs; `close()` ends it. It has read the revocation log before it answers anybody. */
export async function openDeps(config: Config, log: Logger, clock: Clock = systemClock): Promise<Deps> {
  const keys = await openKeys(config.keysDir, config.tokenAlg, { mayMake: !isShared(config) })
  const secret = await openSecret(config)
  const refreshTokens = createRefreshTokens(secret)
  const metrics = await openMetrics(config)
  const deps = await openAdminDeps(config, log, clock, metrics)
  const { accounts, audit, endings, revocations, sessionStore } = deps
  const ring = createKeyRing(keys, { leadSeconds: config.keyLeadSeconds, clock })
  const tokenPolicy: TokenPolicy = {
    issuer: config.publicUrl,
    audiences: config.tokenAudiences,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
  }
  // What is issued now must not look as if it were of before the epoch.
  const notBefore = () => revocations.epoch()?.at ?? 0
  const grant = createGrants({
    issue: createIssuer({
      ring,
      policy: tokenPolicy,
      extraClaims: config.tokenClaims,
      clock,
      notBefore,
    }),
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
    verifier: createTokenVerifier({ ring, policy: tokenPolicy, clock }),
    sawSession: createLastSeen(shared),
  })
  const heartbeat = createHeartbeat({
    store: deps.nodeStore,
    clock,
    about: { version: manifest.version, publicUrl: config.publicUrl, secretPrint: secretPrint(secret) },
    holdings: () => ({
      kids: ring.all().map(({ kid }) => kid),
      signingKid: signingOf(ring.all(), config.keyLeadSeconds, clock.now())?.kid ?? null,
    }),
  })
  const { longestTokenLifeSeconds } = config
  const revocationFeed = createRevocationFeed({ revocations, clock, longestTokenLifeSeconds })
  const rotate = createRotate(shared)
  metrics?.watch({
    liveSessions: createLiveSessions({ store: sessionStore, clock }),
    revocationLogAge: () => clock.now() - revocations.heardAt(),
    revocationWaiters: () => revocationFeed.waiting,
    passwords: deps.passwords,
  })
  const witness =
    config.dataDir === null
      ? null
      : createWitness({
          store: sessionStore,
          keeper: witnessFile(join(config.dataDir, 'witness')),
          clock,
          onPutBack: () => log.warn(PUT_BACK),
          onTrouble: (error) => log.warn({ err: error }, NO_WITNESS),
        })
  try {
    await witness?.begin()
    await revocations.poll()
  } catch (error) {
    // An open connection would keep a process alive that will never serve.
    await deps.close()
    throw error
  }
  revocations.follow()
  const keyLog = logKeyChanges(log)
  if (config.keyLeadSeconds < KEPT_SECONDS)
    log.warn(
      'KEY_LEAD is shorter than the 5 minutes for which the published keys may be kept: apps may meet a key they lack',
    )
  for (const key of keys) keyLog.warnOfSecret(key)
  const following = config.keysDir === null ? null : followKeys({ dir: config.keysDir, ring, ...keyLog })
  const purge = startPurge({
    ...deps,
    onTrouble: (error) => log.error({ err: error }, 'what is too old cannot be deleted'),
  })
  return {
    ...deps,
    sessions: metrics ? countRefreshes(sessions, metrics) : sessions,
    rotate: metrics ? countRotations(rotate, metrics) : rotate,
    refreshTokens,
    devices: createDevices(shared),
    revocationFeed,
    assertionFor: createAssertions({ ring, issuer: config.publicUrl, clock, notBefore }),
    ring,
    heartbeat,
    metrics,
    async close() {
      following?.close()
      revocationFeed.drain()
      purge.stop()
      await Promise.all([heartbeat.end(), witness?.end()])
      await deps.close()
    },
  }
}

async function openMetrics({ metricsToken, metricsPort }: Config): Promise<Metrics | null> {
  if (metricsToken === null && metricsPort === null) return null
  // Loaded only here: what it measures with costs memory and time, and most have no use for it.
  const { createRegistry } = await import('./metrics/registry.ts')
  return createRegistry()
}
