const LONGEST = 2048
// Space, controls, DEL and backslash: browsers drop or rewrite them, so what we judge would not be what they open.
const UNSAFE = /[\s\p{Cc}\\]/u

/**
 * The path, query and fragment to go to after signing in, or null when `next` would leave `origin`.
 * Judged by the origin it resolves to, as a browser resolves it (WHATWG URL), never by how it looks.
 */
export function returnTo(next: string | undefined, origin: string): string | null {
  if (!next?.startsWith('/') || next.length > LONGEST || UNSAFE.test(next)) return null
  const url = URL.parse(next, origin)
  if (!url || url.origin !== origin) return null
  const path = url.pathname + url.search + url.hash
  // `/a/..//evil.test` resolves here, but its path alone, sent as Location, names another host.
  // Longer again once encoded, and a header must pass every proxy.
  return path.startsWith('//') || path.length > LONGEST ? null : path
}
