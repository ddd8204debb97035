import { BlockList, isIP } from 'node:net'

const MAPPED_BITS = 96

function hasMapped(address: string, bits: number): boolean {
  const network = new BlockList()
  network.addSubnet(address, bits, 'ipv6')
  return network.check('::ffff:0.0.0.0', 'ipv6')
}

/** Parses addresses and networks such as `10.0.0.0/8`; null when one of them is neither. */
export function parseNetworks(texts: string[]): BlockList | null {
  const list = new BlockList()
  for (const text of texts) {
    const [address = '', prefix, ...rest] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (isIP(address) === 0 || rest.length > 0 || !(bits <= most)) return null
    // Meant for a few IPv6 addresses, and would hold every IPv4 address: they are looked up as ::ffff:a.b.c.d.
    if (family === 'ipv6' && bits > 0 && bits < MAPPED_BITS && hasMapped(address, bits)) return null
    list.addSubnet(address, bits, family)
  }
  return list
}
