import { isBlank } from './blank.ts'

/** What an Authorization header presents: one of the schemes that are taken, and what stands after it. */
export interface Authorization<S extends string> {
  scheme: S
  /** Empty when there is nothing after the scheme. */
  credentials: string
}

/**
 * Reads an Authorization header (RFC 9110 11.6.2), the scheme in letters of any case. Null when there is no header, or it is of
 * a scheme that is not among `schemes`: whatever that carries is not looked at (CVE-2026-47673).
 */
export function readAuthorization<S extends string>(
  header: string | null | undefined,
  schemes: readonly S[],
): Authorization<S> | null {
  if (header === null || header === undefined) return null
  let end = 0
  while (end < header.length && !isBlank(header.charCodeAt(end))) end++
  const name = header.slice(0, end).toLowerCase()
  const scheme = schemes.find((known) => known.toLowerCase() === name)
  if (scheme === undefined) return null
  // By hand, letter by letter: a pattern that trims is quadratic in a long row of blanks (CVE-2026-69207).
  while (end < header.length && isBlank(header.charCodeAt(end))) end++
  return { scheme, credentials: header.slice(end) }
}
