import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { newFolder, serve } from '../src/cli/process.testing.ts'
import { findProxy, skipWithout } from './find-proxy.testing.ts'
import { type Answer, type Nginx, PROXY_IN_FRONT, runNginx } from './nginx.testing.ts'

const binary = findProxy('nginx')
const PROBLEM = 'application/problem+json; charset=utf-8'
const BURST = 20

describe('the limits of nginx-two-nodes.conf', { skip: skipWithout('nginx', binary) }, () => {
  let nginx: Nginx
  before(async () => {
    assert.ok(binary, 'CI needs nginx')
    nginx = await runNginx(binary)
    const node = await serve(await newFolder(), { PUBLIC_URL: nginx.url, TRUSTED_PROXIES: '127.0.0.1' })
    await nginx.use(node.port)
  })

  // Each from an address of its own, so that the limits of one do not meet another.
  let clients = 0
  const newClient = () => `127.0.1.${++clients}`
  // An empty body is refused before anything is hashed.
  const asks = (times: number, method: string, path: string, from = newClient()) =>
    nginx.askOften(times, method, path, { from })
  const refusedOf = (answers: Answer[]) => answers.filter(({ status }) => status === 429)
  for (const path of ['/signin', '/login', '/v1/auth', '/account/confirm', '/account/password']) {
    it(`POST ${path}: a burst of ${BURST} passes, and more is 429`, async () => {
      const from = newClient()
      assert.deepEqual(refusedOf(await asks(BURST, 'POST', path, from)), [])
      const refused = refusedOf(await asks(BURST, 'POST', path, from))
      assert.ok(refused.length > BURST / 2, `${refused.length}`)
      for (const { headers, text } of refused) {
        assert.deepEqual([headers['retry-after'], headers['cache-control']], ['10', 'no-store'])
        assert.equal(headers['content-type'], PROBLEM)
        assert.equal(JSON.parse(text).code, 'too_many_requests')
      }
    })
  }

  it('others are served meanwhile, and pages and sign-outs are no tries', async () => {
    const from = newClient()
    assert.ok(refusedOf(await asks(2 * BURST, 'POST', '/signin', from)).length > 0)
    assert.deepEqual(refusedOf(await asks(1, 'POST', '/signin')), [])
    assert.deepEqual(refusedOf(await asks(2 * BURST, 'GET', '/signin', from)), [])
    assert.deepEqual(refusedOf(await asks(2 * BURST, 'POST', '/logout', from)), [])
  })

  it('POST /token/refresh and PUT /v1/auth have more room, and a limit', async () => {
    for (const [method, path] of [
      ['POST', '/token/refresh'],
      ['PUT', '/v1/auth'],
    ] as const) {
      const from = newClient()
      assert.deepEqual(refusedOf(await asks(2 * BURST, method, path, from)), [])
      assert.ok(refusedOf(await asks(4 * BURST, method, path, from)).length > 0)
    }
  })

  it('one who has an IPv6 network is one, whatever address is taken of it', async () => {
    const asks = (network: string, times: number) =>
      Promise.all(
        Array.from({ length: times }, (_, i) => {
          const headers = { 'x-test-address': `2001:db8:0:${network}:${i + 1}::${i + 1}` }
          return nginx.ask('POST', '/signin', { headers, from: PROXY_IN_FRONT })
        }),
      )
    assert.ok(refusedOf(await asks('1', 2 * BURST)).length > 0)
    assert.deepEqual(refusedOf(await asks('2', BURST)), [])
  })

  it('T19 another spelling of the path is counted too, or is none', async () => {
    for (const spelling of [
      '/%73ignin',
      '/./signin',
      '/x/../signin',
      '/x/%2e%2e/signin',
      '//signin',
      '/signin?next=%2Fwelcome',
      '/signin#',
      '/x/..\\signin',
      '/x\\..\\signin',
      '/.\\signin',
      '/signin/',
      '/SIGNIN',
      '/signin%2F',
      '/signin%00',
      '/signin;x',
    ]) {
      const answers = await asks(BURST + 10, 'POST', spelling)
      const reached = answers.filter(({ status }) => ![429, 404, 400].includes(status))
      assert.ok(refusedOf(answers).length > 0 || reached.length === 0, `${spelling} ${reached[0]?.status}`)
    }
  })

  it('somebody in a browser is told in words', async () => {
    const from = newClient()
    await asks(2 * BURST, 'POST', '/signin', from)
    const headers = { accept: 'text/html,*/*' }
    const { status, headers: got, text } = await nginx.ask('POST', '/signin', { from, headers })
    assert.deepEqual([status, got['content-type']], [429, 'text/plain; charset=utf-8'])
    assert.match(text, /^Too many tries from your network\. /)
  })
})
