import { type OriginalRequest, type ReadHeader, toOriginalRequest } from './original-request.ts'

// Nothing of one part can become another once they are joined: no host with a path in it, no path that is more of a host.
const SCHEME = /^https?$/
const HOST = /^[\w.:[\]-]+$/

/** Caddy `forward_auth` and Traefik `forwardAuth`: four headers that they set by themselves. */
export function readForwarded(header: ReadHeader): OriginalRequest | null {
  const scheme = header('x-forwarded-proto') ?? ''
  const host = header('x-forwarded-host') ?? ''
  const target = header('x-forwarded-uri') ?? ''
  if (!SCHEME.test(scheme) || !HOST.test(host) || !target.startsWith('/')) return null
  return toOriginalRequest(header('x-forwarded-method'), `${scheme}://${host}${target}`)
}
