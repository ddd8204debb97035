const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const CONTROL = /\p{Cc}/u

export interface BasicCredentials {
  username: string
  password: string
}

/** Reads what stands after `Authorization: Basic` (RFC 7617 2), as UTF-8; null for anything else. A password may hold colons. */
export function readBasicCredentials(credentials: string): BasicCredentials | null {
  const bytes = Buffer.from(credentials, 'base64')
  // Strictly: a decoder that skips what it does not know would read one password out of many texts.
  if (bytes.toString('base64') !== credentials) return null
  const text = decode(bytes)
  const colon = text?.indexOf(':') ?? -1
  if (text === null || colon < 0 || CONTROL.test(text)) return null
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}
