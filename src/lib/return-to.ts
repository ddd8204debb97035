const LONGEST = 2048
// Space, controls, DEL and backslash: browsers drop or rewrite them, so what we judge would not be what they open.
const UNSAFE = /[\s\p{Cc}\\]/u
// With both slashes and a host: what a browser would complete (`https:evil.test`) is not judged but refused.
const ABSOLUTE = /^https?:\/\/[^/]/i
const FIRST_LABEL = /(?<=^https?:\/\/)[^.:/[\]]+(?=\.)/

/**
 * Where to go after signing in, or null when `next` would lead anywhere else than to `origin`, as path, query and fragment, or to
 * one of the origins `elsewhere`, whole. Judged by the origin it resolves to, as a browser resolves it (WHATWG URL), never by
 * how it looks.
 */
export function returnTo(
  next: string | undefined,
  origin: string,
  elsewhere: readonly string[] = [],
): string | null {
  if (!next || next.length > LONGEST || UNSAFE.test(next)) return null
  const location = next.startsWith('/') ? pathWithin(next, origin) : addressElsewhere(next, elsewhere)
  // Longer again once encoded, and a header must pass every proxy.
  return location === null || location.length > LONGEST ? null : location
}

function pathWithin(next: string, origin: string): string | null {
  const url = URL.parse(next, origin)
  if (!url || url.origin !== origin) return null
  const path = url.pathname + url.search + url.hash
  // `/a/..//evil.test` resolves here, but its path alone, sent as Location, names another host.
  return path.startsWith('//') ? null : path
}

function addressElsewhere(next: string, elsewhere: readonly string[]): string | null {
  const url = ABSOLUTE.test(next) ? URL.parse(next) : null
  return url && !url.username && !url.password && isNamed(url.origin, elsewhere) ? url.href : null
}

/** Whether an origin is one of those that are named: by itself, or by `https://*.example.org`, in which `*` is one label. */
export const isNamed = (origin: string, names: readonly string[]): boolean =>
  names.includes(origin) || names.includes(origin.replace(FIRST_LABEL, '*'))
