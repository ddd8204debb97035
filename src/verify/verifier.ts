import { readHeader } from '../tokens/token-format.ts'
import { createTokenVerifier, type Verified } from '../tokens/verify.ts'
import { createAsk } from './ask.ts'
import { follow } from './follow.ts'
import { ageSeconds, type Moment } from './moment.ts'
import { readOptions, type VerifierOptions } from './options.ts'
import { createJudge, MISSING, type Outcome, type Presented, UNAVAILABLE } from './outcome.ts'
import { createRemoteKeys, OLDEST_KEYS_SECONDS } from './remote-keys.ts'
import { createRemoteRevocations } from './remote-revocations.ts'
import { assertionOf, cookieNamesOf, type RequestHeaders, tokenOf } from './token-of.ts'
import { createTrouble } from './trouble.ts'

export interface VerifierState {
  /** Whether tokens can be judged now. */
  isAvailable: boolean
  /** How long ago the keys were heard of, in seconds; null: never. Past maxStaleSeconds and 65 nothing is available. */
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
  /**
   * The same for the token that a request shows: of `Authorization: Bearer`, else of the first of these cookies that is there.
   * Default: Latchkey's cookies; none: Bearer only. With `app`, for what `Remote-Assertion` says, and nothing else.
   */
  verifyRequest(headers: RequestHeaders, cookies?: readonly string[]): Presented | Promise<Presented>
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
  const { kind, policy, maxStaleSeconds, onTrouble, fetch, clocks } = readOptions(options)
  const ask = createAsk(policy.issuer, fetch, clocks)
  const keys = createRemoteKeys(ask, clocks)
  const revocations = createRemoteRevocations(ask, clocks, maxStaleSeconds)
  const tokens = createTokenVerifier({ ring: keys, policy, clock: clocks.clock, kind })
  const judge = createJudge(revocations)
  const trouble = createTrouble(onTrouble)
  const latchkeyCookies = cookieNamesOf(policy.issuer)
  const waiting = new Set<{ resolve(): void; reject(error: Error): void }>()
  let isClosed = false

  const isRecent = (heardAt: Moment | null, mostSeconds: number) =>
    heardAt !== null && ageSeconds(heardAt, clocks) <= mostSeconds
  // Else a key that was taken away would be trusted for as long as only the question for the keys fails.
  const areKeysRecent = () => isRecent(keys.heardAt(), maxStaleSeconds + OLDEST_KEYS_SECONDS)
  const isAvailable = () => !isClosed && isRecent(revocations.heardAt(), maxStaleSeconds) && areKeysRecent()

  function verify(token: string): Outcome | Promise<Outcome> {
    if (!isAvailable()) return UNAVAILABLE
    const verified = typeof token === 'string' ? tokens.verify(token) : MALFORMED
    return verified instanceof Promise ? verifyAnew(token, verified) : judge(verified)
  }

  async function verifyAnew(token: string, verifying: Promise<Verified>): Promise<Outcome> {
    let verified = await verifying
    const kid = verified.kind === 'invalid' ? readHeader(token, kind)?.kid : undefined
    if (kid !== undefined && !keys.get(kid)) {
      await askForKeysEarly()
      if (keys.get(kid)) verified = await tokens.verify(token)
      // However many made up a key before: as long as this one may be Latchkey's, nobody can know.
      else if (keys.isBehind()) return UNAVAILABLE
    }
    // Again, for that may have taken seconds.
    return isAvailable() ? judge(verified) : UNAVAILABLE
  }

  async function askForKeysEarly(): Promise<void> {
    const heard = await keys.askEarly()
    if (heard) onHeard('keys', heard.kind === 'failed' ? heard.why : null)
  }

  function onHeard(what: 'keys' | 'revocations', why: string | null): void {
    if (isClosed) return
    trouble.tell(what, why)
    // After the machine slept, for the timer that asks for them slept too.
    if (what === 'revocations' && why === null && keys.heardAt() && !areKeysRecent()) askForKeysEarly()
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
    verify,
    verifyRequest(headers, cookies = latchkeyCookies) {
      const token = kind === 'JWT' ? tokenOf(headers, cookies) : assertionOf(headers)
      return token === null ? MISSING : verify(token)
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
