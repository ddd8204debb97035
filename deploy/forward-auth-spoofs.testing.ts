import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Header, WEBSOCKET } from './ask.testing.ts'
import { identityOf, type Rows, spelling, WHO } from './forward-auth-seen.testing.ts'

/** For tests only: what a client writes into headers that only a proxy may set changes nothing. */

const IDENTITY = ['Remote-User', 'Remote-Name', 'Remote-Email', 'Remote-Groups', 'Remote-Assertion']
const FORWARDED = ['For', 'Host', 'Proto', 'Port', 'Server', 'Method', 'Uri', 'User', 'Email', 'Groups'].map(
  (part) => `X-Forwarded-${part}`,
)
const ADDRESSES = ['X-Original-URL', 'X-Original-Method', 'X-Rewrite-URL', 'X-Real-IP', 'Forwarded']
const BELIEVED = [
  ...['X-Remote-User', 'X-Remote-Groups', 'X-Webauth-User', 'X-Webauth-Role', 'X-Auth-Request-User'],
  ...['X-Forwarded-Role', 'X-Forwarded-Ssl', 'X-Url-Scheme', 'X-Client-IP', 'Front-End-Https', 'Proxy'],
]
const underscored = (names: string[]) => names.map((name) => name.replaceAll('-', '_'))
const shouted = (names: string[]) => names.map((name) => name.toUpperCase())

interface Group {
  name: string
  headers: (string | Header)[]
  /** Where a proxy does as it is told, and Latchkey is not shown who asks, or no such request is taken at all. */
  mayBeRefused?: true
}

const GROUPS: Group[] = [
  { name: 'who somebody is', headers: IDENTITY },
  { name: 'the same in capitals', headers: shouted(IDENTITY) },
  {
    name: 'the same with underscores (CVE-2026-52845)',
    headers: [...underscored(IDENTITY), ...underscored(IDENTITY).map((name) => name.toLowerCase())],
  },
  { name: 'the same twice', headers: [...IDENTITY, ...IDENTITY], mayBeRefused: true },
  { name: 'X-Forwarded-* (CVE-2026-40575 GHSA-7x63-xv5r-3p2x)', headers: FORWARDED },
  {
    name: 'the same twice and with underscores',
    headers: [...FORWARDED, ...FORWARDED, ...underscored(FORWARDED)],
    mayBeRefused: true,
  },
  { name: 'X_Forwarded_User and its likes (CVE-2025-64484)', headers: underscored(FORWARDED) },
  {
    name: 'the address that was asked',
    headers: [...ADDRESSES, ...shouted(ADDRESSES), ...underscored(ADDRESSES)],
  },
  { name: 'what apps of others believe', headers: BELIEVED },
  {
    name: 'an address that others may see (CVE-2026-40575)',
    headers: [
      ['X-Forwarded-Uri', '/health?mallory'],
      ['X-Original-URL', 'https://app.example.test/health?mallory'],
      ['X-Original-URI', '/health?mallory'],
      ['X-Rewrite-URL', '/health?mallory'],
      ['X-Forwarded-Method', 'OPTIONS'],
      ['X-Original-Method', 'OPTIONS'],
    ],
  },
  {
    name: 'a health check (GHSA-5hvv-m4w4-gf6v)',
    headers: [
      ['User-Agent', 'GoogleHC/1.0'],
      ['X-Forwarded-For', '127.0.0.1'],
    ],
  },
  ...IDENTITY.map(
    (name): Group => ({
      name: `Connection: ${name} (CVE-2025-48865, GHSA-79qm-7rj5-m7r9)`,
      headers: [['Connection', `close, ${name}`], name],
    }),
  ),
  ...[...FORWARDED, ...ADDRESSES].map(
    (name): Group => ({
      name: `Connection: ${name} (CVE-2025-48865, GHSA-79qm-7rj5-m7r9)`,
      headers: [['Connection', `close, ${name}`], name],
      mayBeRefused: true,
    }),
  ),
  ...['Cookie', 'Authorization', 'Host', 'Accept'].map(
    (name): Group => ({
      name: `Connection: ${name} (CVE-2025-48865, GHSA-79qm-7rj5-m7r9)`,
      headers: [['Connection', `close, ${name}`]],
      mayBeRefused: true,
    }),
  ),
]

/** What the client must have no part in; as for User-Agent, it may. */
const PROXYS = [...IDENTITY, ...FORWARDED, ...ADDRESSES, 'X-Original-URI'].map(spelling)

export function spoofRows({ people, asks }: Rows): void {
  describe('what a client says of itself', () => {
    for (const { name, headers, mayBeRefused } of GROUPS) {
      const lines = headers.map(
        (header): Header => (typeof header === 'string' ? [header, 'mallory'] : header),
      )

      it(`${name}: signed out, nothing changes`, async () => {
        const page = await asks('GET', '/wiki?q=1', { headers: [['Accept', 'text/html'], ...lines] })
        const plain = await asks('GET', '/wiki?q=1', { headers: [['Accept', 'text/html']] })
        const xhr = await asks('GET', '/wiki?q=1', { headers: [['Accept', 'application/json'], ...lines] })
        assert.deepEqual([page.seen, plain.seen, xhr.seen], [[], [], []])
        // Or the proxy takes no such request at all.
        if (mayBeRefused && page.status >= 400)
          return assert.ok(page.location === undefined && xhr.status >= 400)
        assert.deepEqual([page.status, page.location, xhr.status], [302, plain.location, 401])
      })

      it(`${name}: signed in, the app sees what is true alone`, async () => {
        for (const who of ['ada', 'grace'] as const) {
          const { status, seen } = await asks('GET', '/', { headers: [people()[who], ...lines] })
          if (mayBeRefused && seen.length === 0) {
            assert.ok(status >= 400)
            continue
          }
          assert.deepEqual(seen.map(identityOf), [WHO[who]])
          for (const [header, value] of seen.flatMap((one) => one.headers)) {
            assert.ok(
              !PROXYS.includes(spelling(header)) || !/mallory|OPTIONS/.test(value),
              `${header}: ${value}`,
            )
            assert.ok(spelling(header) !== 'connection' || !/remote|x-/i.test(value), value)
          }
        }
      })

      it(`${name}: a part for another role stays closed`, async () => {
        const { status, seen } = await asks('GET', '/admin/', { headers: [people().ada, ...lines] })
        assert.deepEqual(seen, [])
        assert.ok(status >= 400)
      })
    }

    it('of one who has no name and no e-mail the app does not see those of the client (CVE-2026-30851 GHSA-7r4p-vjf4-gxv4)', async () => {
      const { seen } = await asks('GET', '/', {
        headers: [people().grace, ['Remote-Name', 'mallory'], ['Remote-Email', 'mallory@example.test']],
      })
      assert.deepEqual(seen.map(identityOf), [WHO.grace])
    })

    it('a WebSocket is no way around', async () => {
      const { seen, status } = await asks('GET', '/', { headers: [...WEBSOCKET, ['Remote-User', 'root']] })
      assert.deepEqual([status, seen], [401, []])
      const passed = await asks('GET', '/', {
        headers: [...WEBSOCKET, people().ada, ['Remote-User', 'root']],
      })
      assert.deepEqual(passed.seen.map(identityOf), [WHO.ada])
    })

    it('an upgrade to anything but a WebSocket does not reach the app as one', async () => {
      for (const upgrade of ['h2c', 'websocket, h2c', 'h2c, websocket', 'TLS/1.0']) {
        const headers: Header[] = [
          ['Connection', 'Upgrade, HTTP2-Settings'],
          ['Upgrade', upgrade],
          ['HTTP2-Settings', 'AAMAAABkAAQAoAAAAAIAAAAA'],
        ]
        assert.deepEqual((await asks('GET', '/', { headers })).seen, [])
        const { seen } = await asks('GET', '/', { headers: [...headers, people().ada] })
        for (const [name, value] of seen.flatMap((one) => one.headers))
          assert.ok(name.toLowerCase() !== 'upgrade' || !/h2c|tls/i.test(value), value)
      }
    })

    it("the client's query asks for no role (GHSA-7rh7-c77v-6434)", async () => {
      for (const query of ['?role=user', '?role=', '?role=admin&role=user', '?x=1'])
        assert.deepEqual(
          (await asks('GET', `/admin/${query}`, { headers: [people().ada] })).status,
          403,
          query,
        )
      for (const query of ['?role=admin', '?role=nobody']) {
        const { status, seen } = await asks('GET', `/${query}`, { headers: [people().ada] })
        assert.deepEqual([status, seen.map(({ url }) => url)], [200, [`/${query}`]])
      }
    })
  })
}
