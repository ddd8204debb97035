/** What of a client's own headers an app may see, for a proxy that can replace a header, and take nothing out of it. */

// A letter of a name before it would make it another name (csrftoken, where ours is token).
const NAME_BEFORE = "(?<![\\w!#$%&'*+.^`|~-])"
const BEARER = /(?:^|[\s,])bearer(?:[\s,]|$)/i

/**
 * Takes the cookies of these names out of a Cookie header, however they are written: some parsers take names in any case, blanks before
 * the `=`, or a comma between two. Empty when nothing is left.
 */
export function withoutCookies(names: readonly string[]): (header: string | undefined) => string {
  const ours = new RegExp(`${NAME_BEFORE}(?:${names.map(RegExp.escape).join('|')})[^!-~]*(?:=|$)`, 'i')
  return (header = '') =>
    header
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '' && !ours.test(pair))
      .join('; ')
}

/** Nothing of an Authorization header that has a Bearer token: one that was let in is ours. Other schemes are for the app. */
export const withoutBearer = (header: string | undefined): string =>
  header === undefined || BEARER.test(header) ? '' : header
