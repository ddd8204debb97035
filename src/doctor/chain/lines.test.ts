import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { allLinesOf, lineOf } from './lines.ts'
import { type ProxyKind, proxyOf } from './proxy.ts'

const SHIPPED: Record<ProxyKind, string[]> = {
  nginx: ['nginx.conf'],
  Caddy: ['Caddyfile'],
  HAProxy: ['haproxy.cfg', 'haproxy-forward-auth.lua'],
  Traefik: ['traefik.yml', 'traefik-dynamic.yml'],
}
const oneSpace = (text: string) => text.replace(/\s+/g, ' ')

describe('the lines that the doctor names', () => {
  for (const [proxy, files] of Object.entries(SHIPPED) as [ProxyKind, string[]][])
    it(`are there in what is shipped for ${proxy}`, () => {
      const shipped = oneSpace(
        files.map((file) => readFileSync(new URL(`../../../deploy/${file}`, import.meta.url), 'utf8')).join(),
      )
      for (const line of allLinesOf(proxy))
        for (const [, piece = ''] of line.matchAll(/`([^`]+)`/g)) assert.ok(shipped.includes(piece), piece)
    })

  it('are those of the proxy that is known, and of all when none is', () => {
    assert.match(lineOf('inside', 'Caddy'), /^In Caddy see to `@inside/)
    for (const proxy of Object.keys(SHIPPED))
      assert.ok(
        lineOf('inside', null).includes(`in ${proxy} `) || lineOf('inside', null).startsWith(`In ${proxy} `),
      )
  })
})

describe('which proxy it is', () => {
  for (const [server, proxy] of [
    ['nginx/1.22.1 ', 'nginx'],
    ['openresty ', 'nginx'],
    ['Caddy ', 'Caddy'],
    [' 1.1 Caddy', 'Caddy'],
    [' ', null],
    ['not-known', null],
  ] as const)
    it(`"${server}" is ${proxy}`, () => assert.equal(proxyOf(server), proxy))
})
