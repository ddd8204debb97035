import { isIP, SocketAddress } from 'node:net'

const MAPPED = '::ffff:'
const GROUPS = 8
const NETWORK_GROUPS = 4

/** One spelling for each address: no zone, and IPv4 written as IPv6 is IPv4 (CVE-2026-39409). What is no address is left as it is. */
export function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address
  return canonical.startsWith(MAPPED) ? canonical.slice(MAPPED.length) : canonical
}

/**
 * Whose address it is, for limits: an IPv4 address itself, of IPv6 the network of 64 bits, for whoever has one address of it
 * has them all (GHSA-p6v2-xcpg-h6xw).
 */
export function addressOwner(address: string): string {
  const canonical = canonicalAddress(address)
  if (isIP(canonical) !== 6) return canonical
  const [left = [], right = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array<string>(GROUPS - left.length - right.length).fill('0')
  return `${[...left, ...zeros, ...right].slice(0, NETWORK_GROUPS).join(':')}::/64`
}
