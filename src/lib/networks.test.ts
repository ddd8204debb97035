import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseNetworks } from './networks.ts'

describe('networks', () => {
  const members: [string, string, 'ipv4' | 'ipv6', boolean][] = [
    ['127.0.0.1', '127.0.0.1', 'ipv4', true],
    ['127.0.0.1', '127.0.0.2', 'ipv4', false],
    ['10.0.0.0/8', '10.255.255.255', 'ipv4', true],
    ['10.0.0.0/8', '11.0.0.0', 'ipv4', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', 'ipv6', true],
    ['192.0.2.128/25', '192.0.2.127', 'ipv4', false],
    ['0.0.0.0/0', '203.0.113.9', 'ipv4', true],
    ['::1', '::1', 'ipv6', true],
    ['2001:db8::/32', '2001:db8:ffff::1', 'ipv6', true],
    ['2001:db8::/32', '2001:db9::1', 'ipv6', false],
    ['2001:db8::/128', '2001:db8::', 'ipv6', true],
  ]
  for (const [network, address, family, inside] of members) {
    it(`${network} ${inside ? 'has' : 'has not'} ${address}`, () =>
      assert.equal(parseNetworks([network])?.check(address, family), inside))
  }

  it('hold every member of a list', () => {
    const list = parseNetworks(['10.0.0.0/8', '::1'])
    assert.equal(list?.check('10.0.0.1', 'ipv4'), true)
    assert.equal(list?.check('::1', 'ipv6'), true)
    assert.equal(list?.check('192.0.2.1', 'ipv4'), false)
  })

  const bad = [
    '',
    'localhost',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
  ]
  for (const text of [
    ...bad,
    '10.0.0.0/8x',
    '::ffff:10.0.0.0/8',
    '::/64',
    '::1/129',
    '10.0.0.0/1e1',
    ' 10.0.0.1',
    '*',
    '10.0.0.0-10.0.0.9',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseNetworks([text]), null))
  }

  it('with one bad member are none at all', () => {
    assert.equal(parseNetworks(['10.0.0.0/8', 'proxy']), null)
  })

  it('an address with a zone is refused, not a crash', () => {
    assert.doesNotThrow(() => parseNetworks(['fe80::1%eth0']))
  })
})
