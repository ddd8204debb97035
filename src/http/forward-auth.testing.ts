import assert from 'node:assert/strict'
import type { Config } from '../config.ts'
import { parseNetworks } from '../lib/networks.ts'
import { assertAnswer } from './answers.testing.ts'
import { type Asked, openApp, toAnswer, toRequest } from './requests.testing.ts'

/** For tests only: a Latchkey that is asked as proxies ask it. */

export const APP = 'https://app.example.test'
export const PROXY = '10.0.0.1'
export const FAMILIES = ['nginx', 'caddy', 'traefik'] as const
export type Family = (typeof FAMILIES)[number]

export interface AskedFor extends Asked {
  /** What the browser asked of the proxy. Default: GET of the app's front page. */
  original?: { method?: string; url?: string }
  /** Our query, with its question mark. */
  query?: string
  /** Whoever connects. */
  peer?: string
  /** Names twice, as a client may send them. */
  more?: [name: string, value: string][]
}

/** The headers by which a proxy of the family says what was asked. */
export function forwardHeaders(family: Family, method: string, url: string): Record<string, string> {
  if (family === 'nginx') return { 'x-original-method': method, 'x-original-url': url }
  const [, proto = '', host = '', uri = ''] = /^(\w+):\/\/([^/]*)(.*)$/s.exec(url) ?? []
  return {
    'x-forwarded-method': method,
    'x-forwarded-proto': proto,
    'x-forwarded-host': host,
    'x-forwarded-uri': uri,
  }
}

export async function openForwardAuth(overrides: Partial<Config> = {}) {
  const trustedProxies = parseNetworks([PROXY]) ?? assert.fail()
  const test = await openApp({ returnTo: [APP], trustedProxies, ...overrides })

  async function check(
    family: Family,
    { original, query = '', peer = PROXY, more = [], ...asked }: AskedFor = {},
  ) {
    const { method = 'GET', url = `${APP}/` } = original ?? {}
    const request = toRequest({
      as: 'browser',
      ...asked,
      headers: { ...forwardHeaders(family, method, url), ...asked.headers },
    })
    const headers = new Headers(request.headers)
    for (const [name, value] of more) headers.append(name, value)
    const incoming = { socket: { remoteAddress: peer, remoteFamily: peer.includes(':') ? 'IPv6' : 'IPv4' } }
    const path = `/forward-auth/${family}${query}`
    const answer = await toAnswer(await test.app.request(path, { ...request, headers }, { incoming }))
    assertAnswer(answer, test.deps.config, path, asked)
    // Whatever happened: a proxy would drop it, or hand it to the wrong host.
    assert.deepEqual(answer.setCookies, [])
    return answer
  }
  return { ...test, check }
}
