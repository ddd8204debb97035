import { type BlockList, isIP } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { canonicalAddress } from '../lib/addresses.ts'
import { BoundedMap } from '../lib/bounded-map.ts'

/**
 * The address of whoever asks: the peer's, or, when the peer is a trusted proxy, the right-most address of X-Forwarded-For
 * that is not one. What stands left of it was written by the client (ASVS 4.1.3).
 */
export function clientAddress(c: Context, trusted: BlockList): string {
  let address = canonicalAddress(peerAddress(c))
  const hops = c.req.header('x-forwarded-for')?.split(',') ?? []
  while (isTrusted(address, trusted) && hops.length > 0) {
    const hop = canonicalAddress((hops.pop() ?? '').trim())
    if (isIP(hop) === 0) return address
    address = hop
  }
  return address
}

const MOST_PEERS = 1000

/**
 * Tells whether whoever connects is a proxy that is trusted, so that what it says of a request is believed. Remembered by address, for
 * there are few proxies, and each look at the list costs more than the rest of the question.
 */
export function createFromTrustedProxy(trusted: BlockList): (c: Context) => boolean {
  const known = new BoundedMap<string, boolean>(MOST_PEERS)
  return function isFromTrustedProxy(c) {
    const peer = peerAddress(c)
    const remembered = known.get(peer)
    if (remembered !== undefined) return remembered
    const is = isTrusted(canonicalAddress(peer), trusted)
    known.set(peer, is)
    return is
  }
}

/** The address of whoever is connected; empty when there is no socket, as under `app.request()`. */
export const peerAddress = (c: Context): string =>
  c.env?.incoming ? (getConnInfo(c).remote.address ?? '') : ''

const isTrusted = (address: string, trusted: BlockList) =>
  isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
