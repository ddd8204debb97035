import { isBlank } from './blank.ts'

/** What a request's Cookie header holds of one name. */
export type CookieRead =
  | { kind: 'none' }
  | { kind: 'one'; value: string }
  | { kind: 'several'; values: string[] }

/**
 * Reads one name from a Cookie header, strictly (RFC 6265bis 4.2): names to the letter, only space and tab trimmed, values
 * taken as they are, without percent-decoding. Two cookies of the name are told apart from one, for one of them is not ours.
 */
export function readCookie(header: string | undefined, name: string): CookieRead {
  if (!header?.includes(name)) return { kind: 'none' }
  const values: string[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals >= 0 && trim(pair.slice(0, equals)) === name) values.push(trim(pair.slice(equals + 1)))
  }
  const [value, ...more] = values
  if (more.length > 0) return { kind: 'several', values }
  return value ? { kind: 'one', value } : { kind: 'none' }
}

/** Space and tab only: String.trim would also take a no-break space, which browsers keep (GHSA-r5rp-j6wh-rvv4). */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}
