import type { TestContext } from 'node:test'
import { createAudit } from '../audit/audit.ts'
import type { AuditEntry, From } from '../audit/event.ts'
import { openStores } from '../stores/open.ts'
import { START } from '../testing.ts'
import { testUser } from '../vectors/records.testing.ts'
import type { AccountEnding } from './account-ending.ts'
import { createAccounts } from './accounts.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import type { User } from './user.ts'

/** For tests only: accounts on a real store, with a list of the costly things they did, and of what ended when. */

export const PASSWORD = 'a plain long sentence'
export const OTHER_PASSWORD = 'another long sentence'
export const FROM = { address: '192.0.2.7', requestId: 'request' }

export async function openAccounts(t: TestContext) {
  const stores = await openStores({ dataDir: null })
  t.after(stores.close)
  const { users } = stores
  const clock = { now: () => START }
  const did: string[] = []
  const entries: AuditEntry[] = []
  const real = createPasswords()
  const passwords: Passwords = {
    ...{ isOutdated: real.isOutdated, waiting: 0, running: 0 },
    hash(password) {
      did.push('hash')
      return real.hash(password)
    },
    matches(hash, password) {
      did.push(hash === null ? 'match nothing' : 'match')
      return real.matches(hash, password)
    },
  }
  const audit = createAudit({
    ...{ store: stores.audit, clock },
    onEvent(entry) {
      did.push(entry.event)
      entries.push(entry)
    },
    onTrouble: (error) => {
      throw error
    },
  })
  const endings: { ending: AccountEnding; from: From; user: User | null }[] = []
  const accounts = createAccounts({
    ...{ users, passwords, audit, clock, policy: { minLength: 15 } },
    async endSessions(id, ending, from) {
      did.push(`end ${ending}`)
      // Seen as the store has it at that moment: the change must have been written before.
      endings.push({ ending, from, user: await users.find(id) })
    },
  })

  /** What was recorded since this was asked last, each as a word and its reason. */
  const recorded = () =>
    entries.splice(0).map(({ event, reason, userId, address }) => ({
      ...{ event: reason ? `${event} ${reason}` : event, userId, address },
    }))

  return { users, passwords, accounts, did, endings, recorded }
}

/** With a user of PASSWORD, or of the hash given. */
export async function withUser(t: TestContext, change: Partial<User> = {}) {
  const opened = await openAccounts(t)
  const passwordHash = change.passwordHash ?? (await createPasswords().hash(PASSWORD))
  const user = testUser({ ...change, passwordHash })
  await opened.users.insert(user)
  /** As `recorded` tells of an event about this user. */
  const of = (event: string) => ({ event, userId: user.id, address: FROM.address })
  return { ...opened, user, of }
}
