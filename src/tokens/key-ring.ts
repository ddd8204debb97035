import type { SigningKey } from './signing-key.ts'

/** Our keys. The newest signs; each verifies what names its `kid`. */
export interface KeyRing {
  signing(): SigningKey
  get(kid: string): SigningKey | undefined
}

/** A ring of one key or more. Ids are UUIDv7, so the greatest is the newest. */
export function createKeyRing(keys: SigningKey[]): KeyRing {
  const byKid = new Map(keys.map((key) => [key.kid, key]))
  const newest = [...byKid.values()].sort((a, b) => (a.kid < b.kid ? -1 : 1)).at(-1)
  if (!newest) throw new Error('a key ring needs a key')
  return {
    signing: () => newest,
    get: (kid) => byKid.get(kid),
  }
}
