import { randomBytes, randomUUIDv7 } from 'node:crypto'

/** A new UUIDv7 (RFC 9562 5.7): ids of one kind sort by age. It names things and is never a secret. */
export const newId = (): string => randomUUIDv7()

/** 128 random bits as 22 characters of base64url. */
export const newSecret = (): string => randomBytes(16).toString('base64url')
