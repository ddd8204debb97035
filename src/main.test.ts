import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  addUser,
  cookieOf,
  latchkey,
  newFolder,
  type Server,
  serve,
  start,
  until,
} from './cli/process.testing.ts'
import { freePort, isFree } from './free-port.testing.ts'
import { GOOD_PASSWORD } from './testing.ts'

// Far from the 10 s that a stop waits at most.
const PROMPT_MILLISECONDS = 4000
const FIRST = { username: 'first', password: GOOD_PASSWORD }
const setupLink = (server: Server) => until('the link is printed', () => server.setupLinks()[0])
const codeOf = (link: string) => new URL(link).searchParams.get('code') ?? ''

describe('first start', () => {
  it('prints one link, which makes one account of two sent at once, and is gone then', async () => {
    const folder = await newFolder()
    const server = await serve(folder)
    const link = await setupLink(server)
    assert.ok(link.startsWith(`${server.url}/setup?code=`))
    const code = codeOf(link)
    assert.equal((await fetch(link)).status, 200)

    const weak = await server.post('/setup', { code, username: 'first', password: 'short' })
    assert.equal(weak.status, 422)
    assert.equal((await fetch(link)).status, 200, 'a refused password does not use the code up')

    const both = await Promise.all(
      ['first', 'second'].map((username) => server.post('/setup', { ...FIRST, code, username })),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 404])
    const winner = both.find(({ status }) => status === 200) as Response
    assert.equal((await server.session(cookieOf(winner))).status, 200)
    assert.equal((await fetch(link)).status, 404)
    assert.equal((await server.post('/setup', { ...FIRST, code })).status, 404)
    const users = JSON.parse((await latchkey(folder, ['users', 'list', '--json'])).stdout)
    assert.deepEqual(
      users.map(({ role }: { role: string }) => role),
      ['admin'],
    )

    await server.stop()
    assert.equal(server.setupLinks().length, 1)
    const again = await serve(folder)
    await again.stop()
    assert.deepEqual(again.setupLinks(), [], 'with a user there is nothing to set up')
  })

  it('of two servers at once on an empty folder makes one key and one secret, and each takes the tokens of the other', async () => {
    const folder = await newFolder()
    const ports = [String(await freePort()), String(await freePort())]
    const environment = { PUBLIC_URL: `http://localhost:${ports[0]}` }
    const servers = await Promise.all(ports.map((PORT) => serve(folder, { ...environment, PORT })))
    const [one, other] = servers as [Server, Server]
    assert.equal((await readdir(join(folder, 'data', 'keys'))).length, 1)
    assert.deepEqual(
      (await readdir(join(folder, 'data'))).filter((name) => name.startsWith('keys')),
      ['keys'],
    )
    assert.ok((await readdir(join(folder, 'data'))).includes('secret'))

    await addUser(folder, 'ada')
    for (const from of servers) {
      const cookie = await from.signIn('ada')
      for (const at of servers) assert.equal((await at.session(cookie)).status, 200)
    }
    const pair = await one.post('/login', { username: 'ada', password: GOOD_PASSWORD })
    const { refresh_token } = (await pair.json()) as { refresh_token: string }
    assert.equal((await other.post('/token/refresh', { refresh_token })).status, 200)
  })
})

describe('a start that fails', () => {
  it('on a taken port says so in one sentence, and does not void the link of who has the port', async () => {
    const folder = await newFolder()
    const server = await serve(folder)
    const link = await setupLink(server)
    const { code, stdout, stderr } = await latchkey(folder, ['serve'], { PORT: server.port })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.equal(
      stderr,
      `Port ${server.port} on 127.0.0.1 is taken by another program. Stop that one, or set PORT to another number.\n`,
    )
    assert.equal((await fetch(link)).status, 200)
    assert.equal((await server.post('/setup', { ...FIRST, code: codeOf(link) })).status, 200)
  })

  it('on a taken port for the metrics names that setting, and leaves PORT free', async () => {
    const folder = await newFolder()
    const PORT = String(await freePort())
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const METRICS_PORT = String((taken.address() as AddressInfo).port)
    const { code, stdout, stderr } = await latchkey(folder, ['serve'], { PORT, METRICS_PORT })
    taken.close()
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(
      stderr,
      `Port ${METRICS_PORT} on 127.0.0.1 is taken by another program. Stop that one, or set METRICS_PORT to another number.\n`,
    )
    assert.ok(await isFree(Number(PORT)))
  })

  it('for its settings names each problem, repeats no value, and makes nothing', async () => {
    const folder = await newFolder()
    const { code, stdout, stderr } = await latchkey(folder, [], {
      PORT: 'eighty-eighty',
      TOKEN_TTL: '20s',
      PUBLIC_URL: 'http://shop.example.org',
      COOKIE_DOMIAN: 'secret.example.org',
    })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    for (const name of ['PORT', 'TOKEN_TTL', 'PUBLIC_URL', 'COOKIE_DOMIAN'])
      assert.match(stderr, new RegExp(name))
    assert.doesNotMatch(stderr, /eighty|20s|shop|secret/)
    assert.deepEqual(await readdir(folder), [])
  })
})

describe('a stop', () => {
  it('lets a sign-in that is under way end, and is no failure', async () => {
    const folder = await newFolder()
    await addUser(folder, 'ada')
    const server = await serve(folder)
    const body = JSON.stringify({ username: 'ada', password: GOOD_PASSWORD })
    // As a browser does, it would keep the connection open for the next request.
    const agent = new Agent({ keepAlive: true })
    const signIn = request(`${server.url}/signin`, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        expect: '100-continue',
      },
    })
    signIn.flushHeaders()
    // Now the server has the request and waits for its body: the stop comes in the middle of it.
    await once(signIn, 'continue')
    server.child.kill('SIGTERM')
    await until('it takes no new connections', () => isFree(Number(server.port)))
    signIn.end(body)
    const [response] = await once(signIn, 'response')
    assert.equal(response.statusCode, 200)
    assert.match(response.headers['set-cookie'][0], /^token=ey/)
    response.resume()
    const answeredAt = performance.now()
    assert.deepEqual(await server.ended, { code: 0, signal: null })
    assert.ok(performance.now() - answeredAt < PROMPT_MILLISECONDS, 'an idle connection is not waited for')
    agent.destroy()
    assert.match(server.said.stdout, /"path":"\/signin","status":200/)

    assert.match((await latchkey(folder, ['sessions', 'list'])).stdout, /ada/)
  })

  it('answers those who wait for news of sign-outs at once, and is not held up by them', async () => {
    const server = await serve(await newFolder())
    const path = `${server.url}/v1/revocations`
    const { cursor } = await (await fetch(path)).json()
    const follow = () => fetch(`${path}?after=${cursor}&wait=25`)
    const waiting = Array.from({ length: 20 }, follow)
    // When all places are taken, they are there.
    await until('they wait', async () => {
      const probe = await Promise.race([follow(), pause(100)])
      return probe?.headers.get('retry-after') === '1'
    })
    const stoppedAt = performance.now()
    server.child.kill('SIGTERM')
    for (const answer of await Promise.all(waiting)) {
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [200, '1'])
      assert.deepEqual((await answer.json()).revoked, [])
    }
    assert.deepEqual(await server.ended, { code: 0, signal: null })
    assert.ok(performance.now() - stoppedAt < PROMPT_MILLISECONDS)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    it(`by ${signal} with nothing to do is at once, with a browser's idle connection open`, async () => {
      const server = await serve(await newFolder())
      await fetch(`${server.url}/healthz`)
      const stoppedAt = performance.now()
      assert.deepEqual(await server.stop(signal), { code: 0, signal: null })
      assert.ok(performance.now() - stoppedAt < PROMPT_MILLISECONDS)
    })
})

describe('metrics', () => {
  const METRICS_TOKEN = 'a-token-of-those-who-watch'
  const WARNING = /HOST lets other machines read the metrics/

  it('are on their port until SIGTERM, and on a HOST that others reach it warns unless a token is asked for', async () => {
    const METRICS_PORT = String(await freePort())
    for (const [environment, isWarned] of [
      [{}, false],
      [{ HOST: '0.0.0.0' }, true],
      [{ HOST: '0.0.0.0', METRICS_TOKEN }, false],
    ] as const) {
      const server = await serve(await newFolder(), { METRICS_PORT, ...environment })
      const isOpen = !('METRICS_TOKEN' in environment)
      assert.equal((await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).status, isOpen ? 200 : 401)
      assert.deepEqual(await server.stop(), { code: 0, signal: null })
      await assert.rejects(fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`))
      assert.equal(WARNING.test(server.said.stdout), isWarned, server.said.stdout)
      assert.ok(!server.said.stdout.includes(METRICS_TOKEN))
    }
  })
})

describe('kill -9', () => {
  it('right after a sign-in was answered loses neither the session nor the account', async () => {
    const folder = await newFolder()
    const PORT = String(await freePort())
    const server = await serve(folder, { PORT })
    const code = codeOf(await setupLink(server))
    assert.equal((await server.post('/setup', { ...FIRST, code })).status, 200)
    const cookie = await server.signIn('first')
    assert.equal((await server.stop('SIGKILL')).signal, 'SIGKILL')

    const again = await serve(folder, { PORT })
    assert.equal((await again.session(cookie)).status, 200)
    const listed = JSON.parse((await latchkey(folder, ['sessions', 'list', '--json'])).stdout)
    assert.equal(listed.length, 2)
    await again.signIn('first')
  })

  it('right after `users add` said so loses no account', async () => {
    const folder = await newFolder()
    const { child, said, ended } = start(folder, ['users', 'add', 'ada', '--password-stdin'])
    child.stdout.once('data', () => child.kill('SIGKILL'))
    child.stdin.end(`${GOOD_PASSWORD}\n`)
    await ended
    assert.equal(said.stdout, 'Added ada (user).\n')
    assert.equal((await latchkey(folder, ['users', 'show', 'ada'])).code, 0)
  })
})
