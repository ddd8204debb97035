import { isLoopback } from '../lib/loopback.ts'

/** Checks that it is an origin, written as browsers write it: it is compared as text with what a token says. Throws TypeError. */
export function readOrigin(text: unknown, name: string, what: string): string {
  const url = typeof text === 'string' ? parse(text) : null
  if (!url || !['https:', 'http:'].includes(url.protocol)) throw new TypeError(`${name} must be ${what}`)
  if (url.origin !== text)
    throw new TypeError(
      `${name} must be an origin, without a path or a slash at the end: write ${url.origin}`,
    )
  return text
}

/** Checks that an issuer is an origin that tokens may travel to: https, or http on this machine. Throws TypeError. */
export function readIssuer(issuer: unknown): string {
  const origin = readOrigin(issuer, 'issuer', 'the PUBLIC_URL of Latchkey, such as https://auth.example.com')
  const { protocol, hostname } = new URL(origin)
  if (protocol === 'http:' && !isLoopback(hostname))
    throw new TypeError('issuer must be https: whoever sits in between could hand out keys of their own')
  return origin
}

// Not URL.parse, which Node 20 does not have.
function parse(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
