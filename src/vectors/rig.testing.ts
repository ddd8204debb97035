import { createAccounts } from '../accounts/accounts.ts'
import { createPasswords } from '../accounts/passwords.ts'
import type { User } from '../accounts/user.ts'
import { manualClock } from '../lib/clock.ts'
import { createRevocations } from '../sessions/revocations.ts'
import { createSessions } from '../sessions/sessions.ts'
import { openStores } from '../stores/open.ts'
import { START, testConfig } from '../testing.ts'
import type { TokenPolicy } from '../tokens/claims.ts'
import { createIssuer } from '../tokens/issue.ts'
import { createKeyRing } from '../tokens/key-ring.ts'
import type { SigningKey } from '../tokens/signing-key.ts'
import { createVerifier } from '../tokens/verify.ts'
import { forgingKey } from './forge.testing.ts'
import { testUser } from './records.testing.ts'

/** For tests only: Latchkey without HTTP, on real stores, with keys and a log of revocations that the test drives. */

export const tokenPolicy: TokenPolicy = {
  issuer: 'https://auth.example.test',
  audience: 'https://auth.example.test',
  longestTokenLifeSeconds: 300,
}

export interface RigOptions {
  clock?: ReturnType<typeof manualClock>
  dataDir?: string | null
  keys?: SigningKey[]
  /** Awaited before and after each call of a store, whose name it is given: to watch or to delay it. */
  pause?(call: string): Promise<unknown>
}

export async function openRig(options: RigOptions = {}) {
  const { clock = manualClock(START), dataDir = null, pause } = options
  const keys = options.keys ?? [await forgingKey()]
  const config = testConfig()
  const stores = await openStores({ dataDir })
  const store = pause ? slowed(stores.sessions, pause) : stores.sessions
  const users = pause ? slowed(stores.users, pause) : stores.users
  const troubles: unknown[] = []
  const revocations = createRevocations({
    store,
    clock,
    longestTokenLifeSeconds: config.longestTokenLifeSeconds,
    onTrouble: (error) => troubles.push(error),
  })
  const passwords = createPasswords()
  const accounts = createAccounts({
    users,
    passwords,
    policy: { minLength: 15 },
    clock,
    endSessions: (userId, ending) => revocations.revokeAll(userId, ending),
  })
  let ring = createKeyRing(keys)
  const needs = {
    ring: { signing: () => ring.signing(), get: (kid: string) => ring.get(kid) },
    policy: tokenPolicy,
    clock,
  }
  const issue = createIssuer(needs)
  const verifier = createVerifier(needs)
  const sessions = createSessions({ store, revocations, accounts, issue, verifier, policy: config, clock })
  await revocations.poll()

  return {
    ...{ clock, stores, revocations, accounts, passwords, sessions, issue, verifier, troubles, keys },
    replaceKeys(next: SigningKey[]) {
      ring = createKeyRing(next)
    },
    async addUser(overrides: Partial<User> = {}): Promise<User> {
      const user = testUser(overrides)
      if (!(await stores.users.insert(user))) throw new Error('the username is taken')
      return user
    },
    async signIn(user: User) {
      const grant = await sessions.start(user, { device: 'curl', address: '192.0.2.1' })
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
