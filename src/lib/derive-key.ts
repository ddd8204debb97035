import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/** A shorter secret would be weaker than the keys that are made of it. */
export const SHORTEST_SECRET_BYTES = KEY_BYTES

/** A key of 32 bytes for one use of a secret, told apart by its label (HKDF with SHA-256, RFC 5869). */
export const deriveKey = (secret: Uint8Array, label: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), label, KEY_BYTES))
