/** What a browser asked of an app, as a proxy in front of it says. */
export interface OriginalRequest {
  method: string
  /** In small letters, without the dot at the end of its host and without a port that is the default. */
  origin: string
  /** Path and query, as they were asked for. */
  target: string
}

/** Undefined when the proxy sends no such header. Two of one name come as one, joined by a comma and a space (RFC 9110 5.3). */
export type ReadHeader = (name: string) => string | undefined

const METHOD = /^[A-Z][A-Z-]{0,31}$/
// Scheme, host, port, path, query: what else an address can have (userinfo, fragment), and what parsers disagree about (a space, a
// backslash in the path, a letter that is no ASCII), no browser sends, and no proxy should pass on.
const ADDRESS =
  /^(https?:\/\/)((?:[\w-]+\.)*[\w-]+|\[[0-9a-f:.]+\])\.?(:\d{1,5})?(\/[!-"$->@-[\]-~]*(?:\?[!-"$-~]*)?)$/i
const DEFAULT_PORTS: Record<string, string> = { 'https://': ':443', 'http://': ':80' }

/** Null when one of them is missing, there twice, or not of its form: whoever cannot be understood is not let in (CVE-2021-32637). */
export function toOriginalRequest(method = '', address = ''): OriginalRequest | null {
  const parts = METHOD.test(method) ? ADDRESS.exec(address) : null
  if (!parts) return null
  const [, scheme = '', host = '', port = '', target = ''] = parts
  const start = scheme.toLowerCase()
  // One rule for a host however it is written (CVE-2026-48794).
  const origin = `${start}${host.toLowerCase()}${port === DEFAULT_PORTS[start] ? '' : port}`
  return { method, origin, target }
}
