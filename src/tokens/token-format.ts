import { z } from 'zod'

// A token of ours has some 600 characters and its cookie must stay under 4096 bytes (ASVS 3.3.5).
const LONGEST_TOKEN = 4000
const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/

// Strict: a header with `jwk`, `jku`, `x5c`, `crit` or anything else is none of ours (ASVS 9.1.3).
const headerShape = z.strictObject({ alg: z.string(), typ: z.literal('JWT'), kid: z.string() })

/**
 * Whether a text has the form of a token at all: three parts of base64url without padding, each written in the one
 * canonical way. Libraries let other spellings of the same bytes pass; we do not (RFC 8725bis).
 */
export function hasTokenForm(token: string): boolean {
  return (
    token.length <= LONGEST_TOKEN &&
    THREE_PARTS.test(token) &&
    token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
  )
}

/** The `kid` and `alg` of a token of the right form, not yet to be trusted; null when its header is none of ours. */
export function readHeader(token: string): { kid: string; alg: string } | null {
  const header = headerShape.safeParse(parseCanonical(token.slice(0, token.indexOf('.'))))
  return header.success ? header.data : null
}

/** The claims of a token whose signature is good, or undefined when they are no JSON that we could have written. */
export const readPayload = (token: string): unknown =>
  parseCanonical(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')))

/** JSON that is written as JSON.stringify writes it: so no name twice, and every reader reads the same. */
function parseCanonical(part: string): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(part, 'base64url'),
    )
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}
