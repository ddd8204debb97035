import { readHeader } from '../tokens/token-format.ts'
import { createVerifier as createTokenVerifier, type Verified } from '../tokens/verify.ts'
import { createAsk } from './ask.ts'
import { follow } from './follow.ts'
import { ageSeconds, type Moment } from './moment.ts'
import { readOptions, type VerifierOptions } from './options.ts'
import { createJudge, type Outcome, UNAVAILABLE } from './outcome.ts'
import { createRemoteKeys } from './remote-keys.ts'
import { createRemoteRevocations } from './remote-revocations.ts'
import { createTrouble } from './trouble.ts'

export interface VerifierState {
  /** Whether tokens can be judged now. */
  isAvailable: boolean
  /** How long ago the keys were heard of, in seconds; null: never. */
  keysAgeSeconds: number | null
  /** The same of the revocations. Past maxStaleSeconds nothing is available. */
  revocationsAgeSeconds: number | null
  /** Why Latchkey cannot be heard just now; null: it can. */
  trouble: string | null
}

export interface Verifier {
  readonly issuer: string
  /** At once for a token seen before. It never throws, and what is no text is malformed. */
  verify(token: string): Outcome | Promise<Outcome>
  state(): VerifierState
  /** Resolves once tokens can be judged, rejects when it is closed before. It keeps the process alive while it waits. */
  ready(): Promise<void>
  /** Stops asking Latchkey; every token is `unavailable` from then on. Without it, a process ends up to 30 s late. */
  close(): void
}

const MALFORMED = { kind: 'malformed' } as const
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1

/**
 * Verifies the access tokens of a Latchkey elsewhere, without asking it at each request: its keys and its revocations are
 * followed in the background. An error lets nobody in. Throws TypeError when an option is wrong.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { policy, maxStaleSeconds, onTrouble, fetch, clocks } = readOptions(options)
  const ask = createAsk(policy.issuer, fetch, clocks)
  const keys = createRemoteKeys(ask, clocks)
  const revocations = createRemoteRevocations(ask, clocks, maxStaleSeconds)
  const tokens = createTokenVerifier({ ring: keys, policy, clock: clocks.clock })
  const judge = createJudge(revocations)
  const trouble = createTrouble(onTrouble)
  const waiting = new Set<{ resolve(): void; reject(error: Error): void }>()
  let isClosed = false

  function isAvailable(): boolean {
    const heardAt = revocations.heardAt()
    if (isClosed || heardAt === null || keys.heardAt() === null) return false
    return ageSeconds(heardAt, clocks) <= maxStaleSeconds
  }

  async function verifyAnew(token: string, verifying: Promise<Verified>): Promise<Outcome> {
    const verified = await verifying
    const known =
      verified.kind === 'invalid' && (await learnKeyOf(token)) ? await tokens.verify(token) : verified
    // Again, for that may have taken seconds.
    return isAvailable() ? judge(known) : UNAVAILABLE
  }

  /** Whether the key that a token names was not known, and is now. */
  async function learnKeyOf(token: string): Promise<boolean> {
    const kid = readHeader(token)?.kid
    if (kid === undefined || keys.get(kid)) return false
    const heard = await keys.askForUnknown()
    if (heard) onHeard('keys', heard.kind === 'failed' ? heard.why : null)
    return keys.get(kid) !== undefined
  }

  function onHeard(what: 'keys' | 'revocations', why: string | null): void {
    if (isClosed) return
    trouble.tell(what, why)
    if (!isAvailable()) return
    for (const { resolve } of waiting) resolve()
    waiting.clear()
  }

  const following = [
    follow({ ask: keys.ask, onHeard: (why) => onHeard('keys', why), random: Math.random }),
    follow({ ask: revocations.ask, onHeard: (why) => onHeard('revocations', why), random: Math.random }),
  ]
  const ageOf = (heardAt: Moment | null) => heardAt && ageSeconds(heardAt, clocks)

  return {
    issuer: policy.issuer,
    verify(token) {
      if (!isAvailable()) return UNAVAILABLE
      const verified = typeof token === 'string' ? tokens.verify(token) : MALFORMED
      return verified instanceof Promise ? verifyAnew(token, verified) : judge(verified)
    },
    state: () => ({
      isAvailable: isAvailable(),
      keysAgeSeconds: ageOf(keys.heardAt()),
      revocationsAgeSeconds: ageOf(revocations.heardAt()),
      trouble: trouble.now(),
    }),
    async ready() {
      if (isAvailable()) return
      if (isClosed) throw new Error('the verifier was closed')
      // Our own timers would let a program end that has nothing to do yet but wait for this.
      const alive = setInterval(() => {}, LONGEST_TIMER_MILLISECONDS)
      try {
        await new Promise<void>((resolve, reject) => waiting.add({ resolve, reject }))
      } finally {
        clearInterval(alive)
      }
    },
    close() {
      isClosed = true
      for (const one of following) one.close()
      ask.close()
      for (const { reject } of waiting) reject(new Error('the verifier was closed'))
      waiting.clear()
    },
  }
}
