import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto'

/** A new UUIDv7 (RFC 9562 5.7): ids of one kind sort by age. It names things and is never a secret. */
export const newId = (): string => randomUUIDv7()

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export const isId = (text: string): boolean => UUID_V7.test(text)

/** 128 random bits as 22 characters of base64url. */
export const newSecret = (): string => randomBytes(16).toString('base64url')

/** SHA-256 of a secret, base64url: all that a store keeps. Enough without salt, for the secret is random (ASVS 6.5.2). */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
