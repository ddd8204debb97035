// Of JSON that parses: a string, with the colon that makes it a name, or a brace.
const NAMES_AND_BRACES = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g

/** Whether an object written as JSON has a name twice at its top. JSON.parse would silently take the last (RFC 8259 4). */
export function hasNameTwice(json: string): boolean {
  const seen = new Set<unknown>()
  let depth = 0
  for (const [token, text, colon] of json.matchAll(NAMES_AND_BRACES)) {
    if (token === '{') depth++
    if (token === '}') depth--
    if (!text || !colon || depth !== 1) continue
    const name: unknown = JSON.parse(text)
    if (seen.has(name)) return true
    seen.add(name)
  }
  return false
}
