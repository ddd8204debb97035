// Fatal: bytes that are no text would all be read as one replacement character, and a secret of them would hardly be one.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The one value that a file holds: its text without the line end after it. Null when it is not UTF-8. */
export function fileValue(content: Uint8Array): string | null {
  try {
    return utf8.decode(content).replace(/\r?\n$/, '')
  } catch {
    return null
  }
}
