/** A token of ours has some 600 characters, and its cookie must stay under 4096 bytes (ASVS 3.3.5). */
export const LONGEST_TOKEN = 4000
const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** What a token is for (RFC 8725 3.11): an access token, or what forward auth tells one app. None is ever taken for the other. */
export type TokenKind = 'JWT' | 'forward-auth+jwt'

export interface Header {
  alg: string
  typ: TokenKind
  kid: string
}

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
export function readHeader(token: string, kind: TokenKind): Header | null {
  const value = parseCanonical(token.slice(0, token.indexOf('.')))
  if (typeof value !== 'object' || value === null) return null
  const { alg, typ, kid, ...others } = value as Record<string, unknown>
  // Strict: a header with `jwk`, `jku`, `x5c`, `crit` or anything else is none of ours (ASVS 9.1.3).
  const isOurs =
    typeof alg === 'string' && typ === kind && typeof kid === 'string' && Object.keys(others).length === 0
  return isOurs ? { alg, typ: kind, kid } : null
}

/** What is signed: header and payload, each as JSON in base64url (RFC 7515 7.1). */
export const signingInput = (header: Header, payload: object): string => `${part(header)}.${part(payload)}`

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

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
