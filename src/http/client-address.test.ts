import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Hono } from 'hono'
import { parseNetworks } from '../lib/networks.ts'
import { quickest } from '../quickest.testing.ts'
import { clientAddress } from './client-address.ts'

const TRUSTED = parseNetworks(['10.0.0.0/8', '127.0.0.1', 'fd00::/8'])
assert.ok(TRUSTED)

/** What the rule says of a peer and its X-Forwarded-For. */
async function addressOf(peer: string, forwarded?: string, trusted = TRUSTED) {
  const app = new Hono().get('/', (c) => c.text(clientAddress(c, trusted ?? assert.fail())))
  const incoming = { socket: { remoteAddress: peer, remoteFamily: peer.includes(':') ? 'IPv6' : 'IPv4' } }
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const answer = await app.request('/', { headers }, { incoming })
  return answer.text()
}

describe('client address', () => {
  const table: [why: string, peer: string, forwarded: string | undefined, address: string][] = [
    ['the peer, without the header', '192.0.2.1', undefined, '192.0.2.1'],
    ['the peer, when it is no trusted proxy', '192.0.2.1', '1.2.3.4', '192.0.2.1'],
    ['what a trusted proxy says', '10.0.0.1', '1.2.3.4', '1.2.3.4'],
    [
      'the right-most that is no proxy: what is left of it the client wrote',
      '10.0.0.1',
      '6.6.6.6, 1.2.3.4',
      '1.2.3.4',
    ],
    ['through a second proxy', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['no space after the comma', '10.0.0.1', '6.6.6.6,1.2.3.4,10.0.0.2', '1.2.3.4'],
    ['two headers, which HTTP joins', '10.0.0.1', '6.6.6.6, 7.7.7.7, 1.2.3.4', '1.2.3.4'],
    ['all of them proxies: the first', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the proxy, when the header is empty', '10.0.0.1', '', '10.0.0.1'],
    ['the proxy, when the header is garbage', '10.0.0.1', 'unknown', '10.0.0.1'],
    [
      'the proxy, when the last hop is garbage, whatever is left of it',
      '10.0.0.1',
      '1.2.3.4, <script>',
      '10.0.0.1',
    ],
    ['nothing past garbage in the middle', '10.0.0.1', '1.2.3.4, _hidden, 10.0.0.2', '10.0.0.2'],
    ['an empty hop is garbage', '10.0.0.1', '1.2.3.4,,', '10.0.0.1'],
    ['an address with a port is garbage', '10.0.0.1', '1.2.3.4:5678', '10.0.0.1'],
    ['octal and short forms are garbage', '10.0.0.1', '0177.0.0.1', '10.0.0.1'],
    ['an IPv4-mapped peer is IPv4 (CVE-2026-39409)', '::ffff:192.0.2.1', '1.2.3.4', '192.0.2.1'],
    ['an IPv4-mapped proxy is that proxy', '::ffff:10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['in capitals too', '::FFFF:10.0.0.1', '::FFFF:1.2.3.4', '1.2.3.4'],
    ['an IPv4-mapped hop is IPv4', '10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4'],
    ['an IPv4-mapped hop in hexadecimal is the same IPv4', '10.0.0.1', '::ffff:102:304', '1.2.3.4'],
    ['an IPv4-mapped proxy in hexadecimal is that proxy', '10.0.0.1', '1.2.3.4, ::ffff:a00:2', '1.2.3.4'],
    ['an IPv6 proxy', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['one IPv6 address has one form, however it is written', '10.0.0.1', '2001:0DB8:0:0::1', '2001:db8::1'],
    ['a peer of IPv6', '2001:db8::9', '1.2.3.4', '2001:db8::9'],
    [
      'a hop with a zone, which may be of any length, has none',
      '10.0.0.1',
      `fe80::1%${'a'.repeat(3000)}`,
      'fe80::1',
    ],
    ['no socket at all', '', '1.2.3.4', ''],
  ]
  for (const [why, peer, forwarded, address] of table) {
    test(why, async () => assert.equal(await addressOf(peer, forwarded), address))
  }

  test('nobody is believed when TRUSTED_PROXIES is empty, not even loopback', async () => {
    const nobody = parseNetworks([])
    assert.ok(nobody)
    assert.equal(await addressOf('127.0.0.1', '1.2.3.4', nobody), '127.0.0.1')
  })

  test('other headers say nothing', async () => {
    const app = new Hono().get('/', (c) => c.text(clientAddress(c, TRUSTED)))
    const headers = {
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'client-ip': '6.6.6.6',
      'cf-connecting-ip': '6.6.6.6',
    }
    const incoming = { socket: { remoteAddress: '10.0.0.1' } }
    assert.equal(await (await app.request('/', { headers }, { incoming })).text(), '10.0.0.1')
  })

  test('thousands of hops are read quickly', async () => {
    const hops = Array(5000).fill('10.0.0.2').join(',')
    const read = async () => assert.equal(await addressOf('10.0.0.1', hops), '10.0.0.2')
    assert.ok((await quickest(read)) < 200)
  })
})
