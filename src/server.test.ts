import assert from 'node:assert/strict'
import { once } from 'node:events'
import { BlockList, connect } from 'node:net'
import { describe, test } from 'node:test'
import { headerOf, serve, statusOf } from './http/sockets.testing.ts'
import { startServer } from './server.ts'
import { GOOD_PASSWORD } from './testing.ts'

const server = await serve()

describe('methods as they are sent', () => {
  test('TRACE and PUT are 405 and repeat nothing; what is no method is 400', async () => {
    for (const method of ['TRACE', 'PUT', 'PROPFIND']) {
      const answer = await server.ask(method, '/signin', [`Cookie: ${server.cookie}`, 'X-Echo: hello'])
      assert.deepEqual([statusOf(answer), headerOf(answer, 'allow')], [405, 'GET, HEAD, POST'], method)
      assert.ok(!answer.includes('hello') && !answer.includes(server.token))
    }
    for (const method of ['FOO', 'get', 'G\u00cbT', ''])
      assert.equal(statusOf(await server.ask(method, '/signin')), 400, method)
  })

  test('CONNECT and Upgrade lead nowhere', async () => {
    assert.doesNotMatch(await server.ask('CONNECT', 'evil.test:443'), /^HTTP\/1\.1 (1|2)\d\d/)
    const upgrade = await server.say(
      'GET /welcome HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
    )
    assert.ok(statusOf(upgrade) >= 400, upgrade)
  })
})

describe('the connection', () => {
  test('no answer names the server', async () => {
    for (const [method, path] of [
      ['GET', '/signin'],
      ['GET', '/nothing'],
      ['FOO', '/'],
      ['TRACE', '/'],
    ]) {
      const answer = await server.ask(method ?? '', path ?? '')
      assert.deepEqual([headerOf(answer, 'server'), headerOf(answer, 'x-powered-by')], [null, null])
      assert.doesNotMatch(answer, /node|hono/i)
    }
  })

  test('X-Forwarded-For is written into a session only when the peer is in TRUSTED_PROXIES', async () => {
    const trustedProxies = new BlockList()
    trustedProxies.addAddress('127.0.0.1')
    for (const [overrides, address] of [
      [{}, '127.0.0.1'],
      [{ trustedProxies }, '192.0.2.7'],
    ] as const) {
      const latchkey = await serve(overrides)
      const body = `username=user1&password=${encodeURIComponent(GOOD_PASSWORD)}`
      const lines = [
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`,
        'X-Forwarded-For: 6.6.6.6, 192.0.2.7',
        'X-Real-IP: 6.6.6.6',
      ]
      assert.equal(statusOf(await latchkey.ask('POST', '/signin', lines, body)), 200)
      const live = await latchkey.deps.sessionStore.listLive(latchkey.clock.now())
      assert.deepEqual(live.map((session) => session.address).sort(), ['', address])
    }
  })

  test('stopping lets a request under way end, and then nobody is served', async () => {
    const latchkey = await serve()
    const { port } = latchkey.server
    const body = JSON.stringify({ username: 'user1', password: GOOD_PASSWORD })
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    const heard: string[] = []
    // The server says 100 once it has the request, so the stop comes in the middle of it.
    const begun = new Promise((resolve) => socket.once('data', resolve))
    socket.on('data', (text) => heard.push(String(text)))
    socket.write(
      `POST /signin HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    )
    await begun
    const startedAt = performance.now()
    const stopped = latchkey.server.stop()
    await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`))
    socket.write(body)
    await Promise.all([stopped, once(socket, 'close')])
    // Not only when the 10 s are over: a connection kept alive after its last answer holds nothing up.
    assert.ok(performance.now() - startedAt < 3000, `${performance.now() - startedAt} ms`)
    assert.match(heard.join(''), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })

  test('stopping is not held up by one that asks again and again on its connection', async () => {
    const latchkey = await serve()
    const first = await latchkey.ask('GET', '/v1/revocations')
    const { cursor } = JSON.parse(first.slice(first.indexOf('{')))
    const request = `GET /v1/revocations?after=${cursor}&wait=25 HTTP/1.1\r\nHost: a\r\n\r\n`
    const socket = connect(latchkey.server.port, '127.0.0.1').setEncoding('utf8')
    const heard: string[] = []
    socket.on('data', (text) => {
      heard.push(String(text))
      socket.write(request)
    })
    socket.write(request)
    const wait = { after: cursor, waitSeconds: 25, by: '127.0.0.1' }
    for (let n = 1; n < 20; n++) latchkey.deps.revocationFeed.ask(wait)
    // The twentieth place is taken once it waits.
    const isFull = () => {
      const asked = latchkey.deps.revocationFeed.ask(wait)
      if (asked.kind === 'waiting') asked.forget()
      return asked.kind === 'cut-short'
    }
    while (!isFull()) await new Promise(setImmediate)
    const startedAt = performance.now()
    await Promise.all([latchkey.server.stop(), once(socket, 'close')])
    assert.ok(performance.now() - startedAt < 3000, `${performance.now() - startedAt} ms`)
    const connections = heard.map((answer) => headerOf(answer, 'connection'))
    assert.deepEqual(connections, ['keep-alive', 'close'])
  })

  test('a port that is taken is the error of the system, and nothing is left open', async () => {
    const { deps, server: first } = await serve()
    const taken = { ...deps, config: { ...deps.config, port: first.port } }
    await assert.rejects(startServer(taken), { code: 'EADDRINUSE' })
  })
})
