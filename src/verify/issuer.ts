import { isLoopback } from '../lib/loopback.ts'

/** Checks that an issuer is an origin that tokens may travel to: https, or http on this machine. Throws TypeError. */
export function readIssuer(issuer: unknown): string {
  const url = typeof issuer === 'string' ? parse(issuer) : null
  if (!url || !['https:', 'http:'].includes(url.protocol))
    throw new TypeError('issuer must be the PUBLIC_URL of Latchkey, such as https://auth.example.com')
  // Compared as text with what a token says, so there is one way to write it.
  if (url.origin !== issuer)
    throw new TypeError(`issuer must be an origin, without a path or a slash at the end: write ${url.origin}`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new TypeError('issuer must be https: whoever sits in between could hand out keys of their own')
  return issuer
}

// Not URL.parse, which Node 20 does not have.
function parse(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
