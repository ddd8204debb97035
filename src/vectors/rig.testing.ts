import { createAccounts } from '../accounts/accounts.ts'
import { createPasswords } from '../accounts/passwords.ts'
import type { User } from '../accounts/user.ts'
import { createAudit } from '../audit/audit.ts'
import { manualClock } from '../lib/clock.ts'
import { createDevices } from '../sessions/devices.ts'
import { createEndings } from '../sessions/end-sessions.ts'
import { createGrants } from '../sessions/grant.ts'
import { createLastSeen } from '../sessions/last-seen.ts'
import { createRefreshTokens } from '../sessions/refresh-token.ts'
import { createRevocations } from '../sessions/revocations.ts'
import { createRotate } from '../sessions/rotate.ts'
import { type Beginning, createSessions } from '../sessions/sessions.ts'
import { openStores } from '../stores/open.ts'
import { START, testConfig } from '../testing.ts'
import type { TokenPolicy } from '../tokens/claims.ts'
import { createIssuer } from '../tokens/issue.ts'
import type { SigningKey } from '../tokens/signing-key.ts'
import { createTokenVerifier } from '../tokens/verify.ts'
import { forgingKey, ringOf } from './forge.testing.ts'
import { testUser } from './records.testing.ts'

/** For tests only: Latchkey without HTTP, on real stores, with keys and a log of revocations that the test drives. */

export const AUDIENCE = 'https://auth.example.test'
export const tokenPolicy: TokenPolicy = {
  issuer: 'https://auth.example.test',
  audiences: [AUDIENCE],
  longestTokenLifeSeconds: 900,
}

const SECRET = new Uint8Array(32).fill(7)
/** Where everything in a rig comes from. */
export const FROM = { device: 'curl', address: '192.0.2.1' }

export interface RigOptions {
  clock?: ReturnType<typeof manualClock>
  dataDir?: string | null
  keys?: SigningKey[]
  secret?: Uint8Array
  /** Awaited before and after each call of a store, whose name it is given: to watch or to delay it. */
  pause?(call: string): Promise<unknown>
}

export async function openRig(options: RigOptions = {}) {
  const { clock = manualClock(START), dataDir = null, secret = SECRET, pause } = options
  const keys = options.keys ?? [await forgingKey()]
  const config = testConfig()
  const stores = await openStores({ dataDir })
  const store = pause ? slowed(stores.sessions, pause) : stores.sessions
  const users = pause ? slowed(stores.users, pause) : stores.users
  const troubles: unknown[] = []
  const audit = createAudit({
    store: stores.audit,
    clock,
    onEvent: () => {},
    onTrouble: (error) => troubles.push(error),
  })
  const revocations = createRevocations({
    store,
    clock,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
    onTrouble: (error) => troubles.push(error),
  })
  const endings = createEndings({ store, revocations, audit, clock })
  const passwords = createPasswords()
  const accounts = createAccounts({
    users,
    passwords,
    audit,
    policy: { minLength: 15 },
    clock,
    endSessions: (userId, ending, from) => endings.allOf(userId, ending, from),
  })
  const ring = ringOf(keys)
  const needs = { ring, policy: tokenPolicy, extraClaims: [], clock }
  const issue = createIssuer(needs)
  const verifier = createTokenVerifier(needs)
  const refreshTokens = createRefreshTokens(secret)
  const grant = createGrants({ issue, policy: config, clock })
  const shared = { store, accounts, audit, endings, revocations, refreshTokens, grant, policy: config, clock }
  const sessions = createSessions({ ...shared, verifier, sawSession: createLastSeen(shared) })
  const rotate = createRotate(shared)
  const devices = createDevices(shared)
  // So old that no token of a test is older.
  await stores.sessions.epoch(clock.now() - 86_400)
  await revocations.poll()

  return {
    ...{ clock, stores, revocations, endings, audit, accounts, passwords, troubles },
    ...{ sessions, rotate, devices, refreshTokens, issue, verifier, keys },
    replaceKeys: ring.replace,
    async addUser(overrides: Partial<User> = {}): Promise<User> {
      const user = testUser(overrides)
      if (!(await stores.users.insert(user))) throw new Error('the username is taken')
      return user
    },
    async signIn(user: User, beginning: Partial<Beginning> = {}) {
      const grant = await sessions.start(user, { carrier: 'cookie', remember: false, ...beginning }, FROM)
      if (!grant) throw new Error('the sign-in was refused')
      return grant
    },
    close: () => stores.close(),
  }
}

/** A real store whose every call can be held up on its way there and back. */
function slowed<T extends object>(store: T, pause: (call: string) => Promise<unknown>): T {
  const entries = Object.entries(store) as [string, (...args: unknown[]) => Promise<unknown>][]
  const slow = entries.map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      await pause(name)
      const answer = await call(...args)
      await pause(name)
      return answer
    },
  ])
  return Object.fromEntries(slow) as T
}

export type Rig = Awaited<ReturnType<typeof openRig>>
