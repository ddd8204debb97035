import type { VerifyingKey } from '../tokens/algorithms.ts'
import { type Ask, failed } from './ask.ts'
import type { Heard } from './heard.ts'
import { ageSeconds, type Clocks, type Moment, momentOf } from './moment.ts'
import { importKey, type KeyText, readKeySet } from './read-key-set.ts'

const PATH = '/.well-known/jwks.json'
// So that a key that was taken away, for it may have been stolen, is trusted for a minute at most.
const EVERY_SECONDS = 60
const UNKNOWN_EVERY_SECONDS = 30
const TIMEOUT_SECONDS = 5
const MOST_BYTES = 256 * 1024

/** The published keys of Latchkey, as they were heard of last. */
export interface RemoteKeys {
  get(kid: string): VerifyingKey | undefined
  /** Asks for the keys. One question at a time: whoever comes meanwhile shares its answer. */
  ask(): Promise<Heard>
  /** Asks for the keys because a token names one that is not known; null when that was done a moment ago. */
  askForUnknown(): Promise<Heard> | null
  /** When it was heard last which keys there are; null: never. */
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
  let askedForUnknownAt: Moment | undefined

  async function askOnce(): Promise<Heard> {
    const question = { path: PATH, timeoutSeconds: TIMEOUT_SECONDS, mostBytes: MOST_BYTES, etag }
    const answer = await askLatchkey(question)
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
    heardAt = answer.heardAt
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
    askForUnknown() {
      if (asking) return asking
      // Anybody can make up a `kid`: that must cost Latchkey next to nothing.
      if (askedForUnknownAt && ageSeconds(askedForUnknownAt, clocks) < UNKNOWN_EVERY_SECONDS) return null
      askedForUnknownAt = momentOf(clocks)
      return ask()
    },
    heardAt: () => heardAt,
  }
}
