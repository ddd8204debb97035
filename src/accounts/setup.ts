import type { From } from '../audit/event.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { newSecret } from '../lib/ids.ts'
import type { Accounts, AddOutcome, NewUser } from './accounts.ts'
import type { UserStore } from './user-store.ts'

export type SetupOutcome = AddOutcome | { kind: 'over' | 'bad-code' }

export interface Setup {
  /** A new one-time code while nobody has an account, else null. The code before it is void. */
  open(): Promise<string | null>
  /** Whether the first account can be made with this code. */
  check(code: string): Promise<'open' | 'over' | 'bad-code'>
  /** Makes the first account. A refused name or password does not use up the code; of two at once, one wins. */
  complete(code: string, user: Pick<NewUser, 'username' | 'password'>, from: From): Promise<SetupOutcome>
}

/** First start: whoever reads the server's log makes the first account. There is no default one (ASVS 6.3.2). */
export function createSetup({ users, accounts }: { users: UserStore; accounts: Accounts }): Setup {
  async function check(code: string) {
    if (await users.any()) return 'over'
    return (await users.isSetupCode(hashSecret(code))) ? 'open' : 'bad-code'
  }

  return {
    async open() {
      if (await users.any()) return null
      const code = newSecret()
      await users.setSetupCode(hashSecret(code))
      return code
    },

    check,

    async complete(code, user, from) {
      const state = await check(code)
      if (state !== 'open') return { kind: state }
      const outcome = await accounts.addFirst(user, hashSecret(code), from)
      // The name cannot be taken while nobody has one: somebody else was first.
      return outcome.kind === 'taken' ? { kind: 'over' } : outcome
    },
  }
}
