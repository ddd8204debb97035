import { createHash } from 'node:crypto'

/** SHA-256 of a secret, base64url: all that a store keeps. Enough without salt, for the secret is random (ASVS 6.5.2). */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
