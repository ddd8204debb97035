import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { freePort } from '../../free-port.testing.ts'
import { type Answer, ask, type Reply } from './ask.ts'
import { REQUESTS } from './requests.ts'

async function serving(t: TestContext, answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return { server, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x?y=1`) }
}

function answered(reply: Reply): Answer {
  assert.ok(reply.kind === 'answer', JSON.stringify(reply))
  return reply
}

describe('a request of the doctor', () => {
  it('follows nothing, and tells where it would lead', async (t) => {
    let times = 0
    const { url } = await serving(t, (_, response) => {
      times++
      response
        .writeHead(302, { location: '/elsewhere', 'set-cookie': ['a=1', 'b=2'], server: 'nginx' })
        .end('moved')
    })
    const { status, location, setCookies, server, text } = answered(await ask(url))
    assert.deepEqual([status, setCookies, text, times], [302, ['a=1', 'b=2'], 'moved', 1])
    assert.equal(location?.href, `${url.origin}/elsewhere`)
    assert.match(server, /nginx/)
  })

  it('leads nowhere by a Location that is empty', async (t) => {
    const { url } = await serving(t, (_, response) => response.writeHead(302, { location: '' }).end())
    assert.equal(answered(await ask(url)).location, null)
  })

  it('sends what it is told, with another Host and names that have an underscore', async (t) => {
    const { url } = await serving(t, (request, response) => {
      response.end(
        JSON.stringify([request.method, request.url, request.headers.host, request.headers.remote_user]),
      )
    })
    const asking = { method: 'POST', headers: { Host: 'APP.TEST', Remote_User: 'm' }, body: 'x' }
    assert.deepEqual(JSON.parse(answered(await ask(url, asking)).text), ['POST', '/x?y=1', 'APP.TEST', 'm'])
  })

  it('is a WebSocket when the server makes it one, and an answer when it does not', async (t) => {
    const { server, url } = await serving(t, (_, response) => response.writeHead(401).end('no'))
    const webSocket = REQUESTS.find(({ name }) => name === 'WebSocket')
    assert.equal(answered(await ask(url, webSocket)).status, 401)
    server.on('upgrade', (_, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
    assert.equal(answered(await ask(url, webSocket)).status, 101)
  })

  it('reads the beginning of what never ends', async (t) => {
    const { url } = await serving(t, (_, response) => {
      response.write('x'.repeat(100_000))
    })
    assert.ok(answered(await ask(url)).text.length >= 60_000)
  })

  it('waits no longer than it has patience, and has what came until then', async (t) => {
    const { url } = await serving(t, (request, response) => {
      if (request.url === '/slow') response.write('beginning')
    })
    assert.deepEqual(await ask(url, {}, 50), { kind: 'unreachable', code: 'ETIMEDOUT' })
    assert.equal(answered(await ask(new URL('/slow', url), {}, 500)).text, 'beginning')
  })

  it('says why there is no answer', async (t) => {
    const { url } = await serving(t, () => {})
    const closed = new URL(`http://127.0.0.1:${await freePort()}/`)
    assert.deepEqual(await ask(closed), { kind: 'unreachable', code: 'ECONNREFUSED' })
    url.protocol = 'https:'
    assert.equal((await ask(url, {}, 2000)).kind === 'answer', false)
  })
})
