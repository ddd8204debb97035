import type { VerifyingKey } from '../tokens/algorithms.ts'
import { type Ask, failed } from './ask.ts'
import type { Heard } from './heard.ts'
import { ageSeconds, type Clocks, type Moment, momentOf } from './moment.ts'
import { importKey, type KeyText, readKeySet } from './read-key-set.ts'

const PATH = '/.well-known/jwks.json'
// So that a key that was taken away, for it may have been stolen, is trusted for a minute while Latchkey answers.
const EVERY_SECONDS = 60
const EARLY_EVERY_SECONDS = 30
const TIMEOUT_SECONDS = 5
const MOST_BYTES = 256 * 1024

/** How old the last answer is at the most while all is well: the time between two questions, and the longest that one takes. */
export const OLDEST_KEYS_SECONDS = EVERY_SECONDS + TIMEOUT_SECONDS

/** The published keys of Latchkey, as they were heard of last. */
export interface RemoteKeys {
  get(kid: string): VerifyingKey | undefined
  /** Asks for the keys. One question at a time: whoever comes meanwhile shares its answer. */
  ask(): Promise<Heard>
  /** Asks for the keys before it is time; null when that was done a moment ago. */
  askEarly(): Promise<Heard> | null
  /** Whether the last question was not answered: there may be keys that are not known here. */
  isBehind(): boolean
  /** When it was heard last which keys there are; null: never yet of one that can check tokens. */
  heardAt(): Moment | null
}

/**
 * A bad document changes nothing. A good one replaces all keys at once; one that was known stays the same object, so that
 * tokens found good with it stay known.
 */
export function createRemoteKeys(askLatchkey: Ask, clocks: Clocks): RemoteKeys {
  let known = new Map<string, { key: VerifyingKey; print: string }>()
  let heardAt: Moment | null = null
  let etag: string | null = null
  let asking: Promise<Heard> | undefined
  let askedEarlyAt: Moment | undefined
  let isBehind = true

  async function askOnce(): Promise<Heard> {
    const question = { path: PATH, timeoutSeconds: TIMEOUT_SECONDS, mostBytes: MOST_BYTES, etag }
    const answer = await askLatchkey(question)
    isBehind = true
    switch (answer.kind) {
      case 'failed':
        return answer
      case 'not-modified':
        break
      case 'ok': {
        const texts = readKeySet(answer.text)
        if (!texts) return failed(`${PATH} is no JWK Set`)
        await replace(texts)
        etag = answer.etag
        break
      }
      default:
        return answer satisfies never
    }
    isBehind = false
    // Before there was a key, nobody was ever judged. Later, that all are gone is news like any other.
    if (known.size > 0 || heardAt) heardAt = answer.heardAt
    return known.size > 0
      ? { kind: 'heard', isNews: false, nextInSeconds: EVERY_SECONDS }
      : failed(`${PATH} holds no key that an app can check tokens with`)
  }

  async function replace(texts: KeyText[]): Promise<void> {
    const entries = await Promise.all(
      texts.map(async (text) => {
        const print = JSON.stringify(text)
        const before = known.get(text.kid)
        const key = before?.print === print ? before.key : await importKey(text)
        return key && ([text.kid, { key, print }] as const)
      }),
    )
    known = new Map(entries.filter((entry) => entry !== null))
  }

  function ask(): Promise<Heard> {
    asking ??= askOnce().finally(() => {
      asking = undefined
    })
    return asking
  }

  return {
    get: (kid) => known.get(kid)?.key,
    ask,
    askEarly() {
      if (asking) return asking
      // Anybody can make up a `kid`: that must cost Latchkey next to nothing.
      if (askedEarlyAt && ageSeconds(askedEarlyAt, clocks) < EARLY_EVERY_SECONDS) return null
      askedEarlyAt = momentOf(clocks)
      return ask()
    },
    isBehind: () => isBehind,
    heardAt: () => heardAt,
  }
}
