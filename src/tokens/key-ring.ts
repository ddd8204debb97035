import type { Clock } from '../lib/clock.ts'
import { signingOf } from './key-life.ts'
import type { SigningKey } from './signing-key.ts'

/** Every key was taken away, so nothing can be signed: nobody is let in until there is one again. */
export class NoSigningKey extends Error {
  override name = 'NoSigningKey'
}

/** Our keys. One signs, each verifies what names its `kid`. */
export interface KeyRing {
  /** Throws NoSigningKey. */
  signing(): SigningKey
  get(kid: string): SigningKey | undefined
  /** Oldest first; the very same list until it is replaced. */
  all(): readonly SigningKey[]
  replace(keys: readonly SigningKey[]): void
}

export function createKeyRing(
  keys: readonly SigningKey[],
  { leadSeconds, clock }: { leadSeconds: number; clock: Clock },
): KeyRing {
  let sorted: readonly SigningKey[] = []
  let byKid = new Map<string, SigningKey>()

  function replace(next: readonly SigningKey[]): void {
    // Ids are UUIDv7: in the order of their letters they are in that of their age.
    sorted = next.toSorted((a, b) => (a.kid < b.kid ? -1 : 1))
    byKid = new Map(sorted.map((key) => [key.kid, key]))
  }

  replace(keys)
  return {
    signing() {
      const key = signingOf(sorted, leadSeconds, clock.now())
      if (!key) throw new NoSigningKey('there is no key that signs')
      return key
    },
    get: (kid) => byKid.get(kid),
    all: () => sorted,
    replace,
  }
}
