import { deriveKey } from '../lib/derive-key.ts'

const LABEL = 'latchkey secret fingerprint'
const BYTES = 8

/**
 * Eight bytes by which nodes can tell that their secrets differ, in base64url. Safe to keep beside the data: a label of its own
 * makes it say nothing about the keys that are derived for other uses, and the secret cannot be had back from it.
 */
export const secretPrint = (secret: Uint8Array): string =>
  Buffer.from(deriveKey(secret, LABEL).subarray(0, BYTES)).toString('base64url')
