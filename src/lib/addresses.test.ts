import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressOwner, canonicalAddress } from './addresses.ts'

describe('an address', () => {
  for (const [written, canonical] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:0DB8:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', ''],
    ['unknown', 'unknown'],
  ] as const)
    it(`${JSON.stringify(written)} is ${JSON.stringify(canonical)}`, () =>
      assert.equal(canonicalAddress(written), canonical))
})

describe('whose an address is (CVE-2026-39409, GHSA-p6v2-xcpg-h6xw)', () => {
  for (const [why, owner, ...addresses] of [
    ['of IPv4 its own', '192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201'],
    ['the neighbour in IPv4 is another', '192.0.2.2', '192.0.2.2'],
    [
      'of IPv6 the network of 64 bits, however it is written',
      '2001:db8:1:2::/64',
      ...[
        '2001:db8:1:2::1',
        '2001:DB8:1:2:ffff:ffff:ffff:ffff',
        '2001:0db8:0001:0002:0:0:0:9',
        '2001:db8:1:2::',
      ],
    ],
    ['the next network is another', '2001:db8:1:3::/64', '2001:db8:1:3::1'],
    ['where the zeros lie in the network', '2001:db8:0:0::/64', '2001:db8::1', '2001:db8:0:0:1::'],
    ['where they lie at its end', '2001:db8:1:0::/64', '2001:db8:1::1', '2001:db8:1:0:5:6:7:8'],
    ['where they begin it', '0:0:0:0::/64', '::1', '::', '::1.2.3.4'],
    ['of a link, whatever its zone', 'fe80:0:0:0::/64', 'fe80::1%eth0', 'fe80::2%eth1'],
    ['nobody knows', '', ''],
  ] as const)
    it(why, () => {
      for (const address of addresses) assert.equal(addressOwner(address), owner, address)
    })
})
