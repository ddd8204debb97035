import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createApp } from '../app.ts'
import { freePort } from '../free-port.testing.ts'
import { listen } from '../listen.ts'
import { testDeps } from '../testing.ts'
import { lookAtPublicUrl, reachOf } from './look-at-public-url.ts'

async function serving(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** What a server comes to that answers each path so. */
async function found(t: TestContext, answers: Record<string, [number, string, Record<string, string>?]>) {
  const port = await serving(t, ({ url = '' }, response) => {
    const [status, body, headers = {}] = answers[url] ?? [404, 'nothing here']
    response.writeHead(status, headers).end(body)
  })
  return lookAtPublicUrl(`http://127.0.0.1:${port}`)
}

const PING = '/v1/ping'
const JWKS = '/.well-known/jwks.json'

describe('a look at the public URL', () => {
  it('finds Latchkey, and the keys that it publishes', async (t) => {
    const { deps } = await testDeps()
    t.after(deps.close)
    const server = await listen(createApp(deps), { host: '127.0.0.1', port: 0 })
    t.after(server.stop)
    assert.deepEqual(await lookAtPublicUrl(`http://127.0.0.1:${server.port}`), {
      kind: 'latchkey',
      kids: deps.ring.all().map(({ kid }) => kid),
    })
  })

  it('finds Latchkey whose stores do not answer', async (t) => {
    const { deps } = await testDeps()
    t.after(deps.close)
    const server = await listen(createApp({ ...deps, ready: async () => false }), {
      host: '127.0.0.1',
      port: 0,
    })
    t.after(server.stop)
    assert.deepEqual(await lookAtPublicUrl(`http://127.0.0.1:${server.port}`), { kind: 'store-down' })
  })

  for (const [what, answers] of Object.entries({
    'has no such page': {},
    'has a page for everything': {
      [PING]: [200, '<title>Welcome to nginx!</title>'],
      [JWKS]: [200, '<title>'],
    },
    'answers a ping, and has no keys': { [PING]: [200, 'ok'] },
    'answers a ping, and has something else for keys': { [PING]: [200, 'ok'], [JWKS]: [200, '{"keys":7}'] },
    'has keys behind a failure': { [PING]: [200, 'ok'], [JWKS]: [500, '{"keys":[]}'] },
    'is down in a way of its own': { [PING]: [503, 'no'] },
  } satisfies Record<string, Record<string, [number, string]>>))
    it(`finds a stranger who ${what}`, async (t) =>
      assert.deepEqual(await found(t, answers), { kind: 'stranger' }))

  for (const [location, to] of [
    ['https://www.example.org/v1/ping?secret=1', 'https://www.example.org'],
    ['http://[', 'elsewhere'],
  ] as const)
    it(`does not follow a redirect to ${location}`, async (t) =>
      assert.deepEqual(await found(t, { [PING]: [301, '', { location }] }), { kind: 'redirected', to }))

  it('finds nobody', async () =>
    assert.deepEqual(await lookAtPublicUrl(`http://127.0.0.1:${await freePort()}`), {
      kind: 'unreachable',
      code: 'ECONNREFUSED',
    }))

  it('does not wait for one that never answers', async (t) => {
    const port = await serving(t, () => {})
    assert.deepEqual(await lookAtPublicUrl(`http://127.0.0.1:${port}`, 50), {
      kind: 'unreachable',
      code: 'TimeoutError',
    })
  })

  it('does not wait for an answer that never ends', async (t) => {
    const port = await serving(t, (_, response) => response.writeHead(200).write('o'))
    assert.equal((await lookAtPublicUrl(`http://127.0.0.1:${port}`, 50)).kind, 'unreachable')
  })

  it('finds plain http where TLS should be', async (t) => {
    const port = await serving(t, (_, response) => response.end('ok'))
    assert.equal((await lookAtPublicUrl(`https://127.0.0.1:${port}`)).kind, 'no-tls')
  })
})

describe('what became of a request', () => {
  for (const [kind, codes] of Object.entries({
    'bad-certificate': [
      ...[
        'CERT_HAS_EXPIRED',
        'CERT_NOT_YET_VALID',
        'DEPTH_ZERO_SELF_SIGNED_CERT',
        'SELF_SIGNED_CERT_IN_CHAIN',
      ],
      ...[
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
        'ERR_TLS_CERT_ALTNAME_INVALID',
      ],
    ],
    'no-tls': ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'EPROTO'],
    unreachable: [
      ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ECONNRESET'],
      'UND_ERR_CONNECT_TIMEOUT',
    ],
  }))
    for (const code of codes)
      it(`is ${kind} by ${code}`, () => {
        const error = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })
        assert.deepEqual(reachOf(error), { kind, code })
      })
})
