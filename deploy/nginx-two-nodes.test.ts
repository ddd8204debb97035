import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { before, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { addUser, latchkey, newFolder, type Server, serve, until } from '../src/cli/process.testing.ts'
import { freePort } from '../src/free-port.testing.ts'
import { hashSecret } from '../src/lib/hash-secret.ts'
import { GOOD_PASSWORD } from '../src/testing.ts'
import { findProxy, skipWithout } from './find-proxy.testing.ts'
import { type Answer, type Nginx, runNginx } from './nginx.testing.ts'

const binary = findProxy('nginx')

const ADA = { username: 'ada', password: GOOD_PASSWORD }
const PROBLEM = 'application/problem+json; charset=utf-8'
const LONG_POLL_SECONDS = 25

describe('two nodes behind nginx-two-nodes.conf', { skip: skipWithout('nginx', binary) }, () => {
  let folder: string
  let nginx: Nginx
  let one: Server
  let other: Server

  // A token that can be renewed one second after it was made.
  const environment = () => ({
    PUBLIC_URL: nginx.url,
    TRUSTED_PROXIES: '127.0.0.1',
    TOKEN_TTL: '31s',
    LOG_LEVEL: 'debug',
  })
  before(async () => {
    assert.ok(binary, 'CI needs nginx')
    folder = await newFolder()
    nginx = await runNginx(binary)
    await addUser(folder, 'ada')
    const nodes = [serve(folder, environment()), serve(folder, environment())]
    ;[one, other] = (await Promise.all(nodes)) as [Server, Server]
  })

  // Each from an address of its own, so that the limits of one do not meet another.
  let clients = 0
  const newClient = () => `127.0.1.${++clients}`
  const cookiesOf = ({ headers }: Answer) => headers['set-cookie']?.map((set) => set.split(';')[0]).join('; ')
  async function signIn(from = newClient(), headers = {}): Promise<Record<string, string>> {
    const answer = await nginx.ask('POST', '/signin', { body: ADA, from, headers })
    assert.equal(answer.status, 200, answer.text)
    return { cookie: cookiesOf(answer) ?? '' }
  }
  const statusOf = async (headers: Record<string, string>) =>
    (await nginx.ask('GET', '/session', { headers })).status
  const audited = async (event: string) => {
    const { stdout } = await latchkey(folder, ['audit', '--json'], { PUBLIC_URL: nginx.url })
    const entries = JSON.parse(stdout) as { event: string; address: string }[]
    return entries.filter((entry) => entry.event === event)
  }
  const signIns = async () => (await audited('sign_in.succeeded')).length

  it('a sign-in sets cookies that are Secure, HttpOnly and of this host alone', async () => {
    await nginx.use(one.port, other.port)
    const answer = await nginx.ask('POST', '/signin', { body: { ...ADA, remember: true }, from: newClient() })
    const sets = answer.headers['set-cookie'] ?? []
    assert.deepEqual(sets.map((set) => set.split('=')[0]).sort(), ['__Host-refresh', '__Host-token'])
    for (const set of sets)
      for (const part of ['; Secure', '; HttpOnly', '; Path=/', '; SameSite=Lax'])
        assert.ok(set.includes(part))
  })

  it('a session begun on one node is used, renewed and ended on the other', async () => {
    await nginx.use(one.port)
    const begun = await signIn()
    await nginx.use(other.port)
    assert.equal(await statusOf(begun), 200)
    const renewed = await until('it can be renewed', async () => {
      const answer = await nginx.ask('POST', '/refresh', { headers: begun })
      return answer.status === 200 ? answer : null
    })
    const session = { cookie: cookiesOf(renewed) ?? '' }
    assert.equal((await nginx.ask('POST', '/logout', { headers: session })).status, 204)
    await nginx.use(one.port)
    await until('the first knows', async () => (await statusOf(session)) === 401)
    assert.equal(await statusOf(begun), 401)
    const nodes = (await nginx.lines()).map(({ method, node }) => `${method} ${node.split(':')[1]}`)
    assert.ok(nodes.includes(`POST ${one.port}`) && nodes.includes(`POST ${other.port}`))
  })

  it('a refresh token given by one node is traded on the other, and once only', async () => {
    const trade = (body: unknown) => nginx.ask('POST', '/token/refresh', { body, from: newClient() })
    await nginx.use(one.port)
    const pair = await nginx.ask('POST', '/login', { body: ADA, from: newClient() })
    const { refresh_token } = JSON.parse(pair.text)
    await nginx.use(other.port)
    const next = await trade({ refresh_token })
    assert.equal(next.status, 200)
    assert.equal((await trade({ refresh_token: JSON.parse(next.text).refresh_token })).status, 200)
    await nginx.use(one.port)
    assert.equal((await trade({ refresh_token })).status, 401, 'shown again, it is a copy')
  })

  it('the audit log has the address of the client, and nothing of what the client says of itself', async () => {
    await nginx.use(one.port)
    const from = newClient()
    await signIn(from, {
      'x-forwarded-for': '6.6.6.6, 127.0.0.1',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
    })
    const addresses = (await audited('sign_in.succeeded')).map(({ address }) => address)
    assert.ok(addresses.includes(from) && !addresses.includes('6.6.6.6'), `${addresses}`)
  })

  it('a node gets none of the headers that only a proxy may set, and is asked without an upgrade', async () => {
    const heard: string[] = []
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
    const node = await fakeNode((socket, request) => {
      heard.push(request.toLowerCase())
      socket.end(answer)
    })
    await nginx.use(node.port)
    const headers: Record<string, string> = { connection: 'upgrade', upgrade: 'websocket' }
    for (const name of ['for', 'host', 'proto', 'port', 'server', 'method', 'uri'])
      headers[`x-forwarded-${name}`] = '6.6.6.6'
    for (const name of ['forwarded', 'x-real-ip', 'x-original-url', 'x-original-method', 'x_forwarded_for'])
      headers[name] = '6.6.6.6'
    await nginx.ask('GET', '/welcome', { headers })
    const [request = ''] = heard
    assert.match(request, /^get \/welcome http\/1\.1\r\nhost: localhost\r\nx-forwarded-for: 127\.0\.0\.1\r\n/)
    assert.doesNotMatch(request, /6\.6\.6\.6|upgrade|connection/)
    node.close()
  })

  it('a node that is killed is not missed, and each POST is done once', async () => {
    await nginx.use(one.port, other.port)
    const session = await signIn()
    const before = await signIns()
    await one.stop('SIGKILL')
    for (let n = 0; n < 4; n++) {
      assert.equal(await statusOf(session), 200)
      await signIn()
    }
    assert.equal(await signIns(), before + 4)
    one = await serve(folder, { ...environment(), PORT: one.port })
  })

  it('a POST that a node has got and not answered is 502, and not sent to the other; a GET is', async () => {
    const requests: string[] = []
    const dying = await fakeNode((socket, request) => {
      requests.push(request.split(' ')[0] ?? '')
      socket.destroy()
    })
    const before = await signIns()
    await nginx.use(dying.port, other.port)
    const refused = await nginx.ask('POST', '/signin', { body: ADA, from: newClient() })
    assert.deepEqual([refused.status, refused.headers['retry-after']], [502, '5'])
    assert.equal(JSON.parse(refused.text).code, 'no_node')
    assert.equal(await signIns(), before)
    await nginx.use(dying.port, other.port)
    assert.equal((await nginx.ask('GET', '/signin')).status, 200)
    assert.deepEqual(requests, ['POST', 'GET'])
    dying.close()
  })

  it('no node at all is 502 in words for a browser, and a problem for a program', async () => {
    await nginx.use(await freePort())
    for (const [accept, type, words] of [
      ['text/html', 'text/plain; charset=utf-8', 'Sign-in does not answer just now.'],
      ['*/*', PROBLEM, '"code":"no_node"'],
    ] as const) {
      const { status, headers, text, names } = await nginx.ask('GET', '/welcome', { headers: { accept } })
      assert.deepEqual([status, headers['content-type'], headers['cache-control']], [502, type, 'no-store'])
      assert.equal(names.filter((name) => name === 'content-type').length, 1)
      assert.ok(text.includes(words), text)
    }
  })

  it('who waits for revocations hears of a sign-out at once, from the other node too', async () => {
    await nginx.use(one.port)
    const session = await signIn()
    const { sid } = JSON.parse((await nginx.ask('GET', '/session', { headers: session })).text)
    const { cursor } = JSON.parse((await nginx.ask('GET', '/v1/revocations')).text)
    const ask = (wait: number) => nginx.ask('GET', `/v1/revocations?after=${cursor}&wait=${wait}`)

    const askedAt = performance.now()
    const nothing = await ask(2)
    assert.ok(performance.now() - askedAt > 1500, 'it has waited')
    assert.deepEqual([nothing.status, JSON.parse(nothing.text).revoked], [200, []])

    let isAnswered = false
    const news = ask(LONG_POLL_SECONDS).finally(() => {
      isAnswered = true
    })
    assert.equal(await statusOf(session), 200)
    assert.ok(!isAnswered)
    const signedOutAt = performance.now()
    const out = await fetch(`${other.url}/logout`, { method: 'POST', headers: session })
    assert.equal(out.status, 204)
    const { revoked } = JSON.parse((await news).text)
    assert.ok(revoked.some((entry: { sid: string }) => entry.sid === hashSecret(sid)))
    assert.ok(performance.now() - signedOutAt < 5000)
  })

  it('17 KB of headers pass, and more than Latchkey takes is refused', async () => {
    await nginx.use(one.port)
    const { cookie } = await signIn()
    const junk = (bytes: number) => ({ cookie: `junk=${'x'.repeat(bytes)}; ${cookie}` })
    assert.equal(await statusOf(junk(17 * 1024)), 200)
    const refused = await Promise.all([32, 40].map((kilobytes) => statusOf(junk(kilobytes * 1024))))
    for (const status of refused) assert.ok([400, 431].includes(status), `${status}`)
  })

  it('a body over 16 KB is 413, in the words of Latchkey, and a huge one too', async () => {
    await nginx.use(one.port)
    const ask = (bytes: number, headers = {}) =>
      nginx.ask('POST', '/signin', {
        body: JSON.stringify({ ...ADA, next: '/'.repeat(bytes - JSON.stringify(ADA).length - 10) }),
        headers: { 'content-type': 'application/json', ...headers },
        from: newClient(),
      })
    assert.equal((await ask(16 * 1024)).status, 200)
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const { status, headers: got } = await ask(16 * 1024 + 1, headers)
      assert.deepEqual([status, got['content-type']], [413, PROBLEM])
    }
    assert.equal((await ask(100 * 1024)).status, 413)
  })

  it('each header of Latchkey arrives once, and nothing names a version', async () => {
    await nginx.use(one.port)
    const { names, headers } = await nginx.ask('GET', '/signin')
    for (const name of ['content-security-policy', 'strict-transport-security', 'x-content-type-options'])
      assert.equal(names.filter((other) => other === name).length, 1, name)
    assert.equal(headers.server, 'nginx')
  })

  it('over plain http a page is sent to https, under our name; anything else is refused', async () => {
    const plain = (method: string, path: string) =>
      fetch(`${nginx.plainUrl}${path}`, { method, redirect: 'manual' })
    const page = await plain('GET', '/signin?next=%2Fwelcome')
    assert.deepEqual(
      [page.status, page.headers.get('location')],
      [301, 'https://localhost/signin?next=%2Fwelcome'],
    )
    const { port } = new URL(nginx.plainUrl)
    const evil = await say(connect(Number(port), '127.0.0.1'), 'GET / HTTP/1.1\r\nHost: evil.test\r\n')
    assert.match(evil, /\r\nLocation: https:\/\/localhost\/\r\n/)
    for (const [method, path] of [
      ['POST', '/signin'],
      ['GET', '/v1/me'],
      ['POST', '/v1/auth'],
    ] as const)
      assert.equal((await plain(method, path)).status, 403, `${method} ${path}`)
  })

  it('an upgrade leads nowhere, and figures are not given away', async () => {
    await nginx.use(one.port)
    const lines = 'GET /signin HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n'
    const { port } = new URL(nginx.url)
    const tls = connectTls({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
    assert.match(await say(tls, lines), /^HTTP\/1\.1 200 /)
    assert.equal((await nginx.ask('GET', '/metrics')).status, 404)
  })

  it('what proxies ask is not there for the world, however it is spelled', async () => {
    await nginx.use(one.port)
    const { cookie = '' } = await signIn()
    for (const path of [
      '/forward-auth/nginx',
      '/forward-auth/caddy',
      '//forward-auth/traefik',
      '/%66orward-auth/nginx',
    ]) {
      const { status, headers, names } = await nginx.ask('GET', path, { headers: { cookie } })
      assert.equal(status, 404, path)
      // Latchkey's own 404 has them.
      assert.ok(!names.includes('content-security-policy') && headers['remote-user'] === undefined, path)
    }
  })

  // The last, for it reads what all the others have left.
  it('no query, and nothing else that is secret, is in a log of nginx', async () => {
    await nginx.use(await freePort())
    await nginx.ask('GET', '/setup?code=nobody-must-read-this')
    await until('it is logged', async () => (await nginx.lines()).some(({ path }) => path === '/setup'))
    const logs = (
      await Promise.all(['access.log', 'errors.log', 'main-errors.log'].map((name) => nginx.log(name)))
    ).join('')
    assert.ok(logs.includes('"path":"/v1/revocations"'))
    for (const secret of ['nobody-must', 'wait=', 'next=', GOOD_PASSWORD, '__Host-', 'eyJ'])
      assert.ok(!logs.includes(secret), secret)
  })
})

/** One request, and all that comes back until the connection is closed. */
async function say(socket: ReturnType<typeof connect>, lines: string): Promise<string> {
  socket.setEncoding('utf8')
  socket.write(`${lines}Connection: ${lines.includes('Upgrade') ? 'Upgrade, ' : ''}close\r\n\r\n`)
  let heard = ''
  for await (const piece of socket) heard += piece
  return heard
}

/** What listens where a node would, and is given the socket and the text of each request. */
async function fakeNode(onRequest: (socket: ReturnType<typeof connect>, request: string) => void) {
  const server = createServer((socket) => {
    socket.once('data', (bytes) => onRequest(socket, String(bytes)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as { port: number }).port, close: () => server.close() }
}
