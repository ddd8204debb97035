import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import cookieCases from '../vectors/cookie-header-cases.json' with { type: 'json' }
import { headerOf, serve, statusOf } from './sockets.testing.ts'

/** What can only be said over a socket: bytes that no Headers object takes, paths that no URL keeps, bodies in pieces. */

const LOCAL = { publicUrl: 'http://localhost:8000', tokenAudiences: ['http://localhost:8000'] }
const server = await serve()

describe('paths as they are sent', () => {
  for (const target of [
    '//welcome',
    '/welcome/',
    '/welcome%2f',
    '/welcome%2F',
    '/%2fwelcome',
    '/welcome%00',
    '/welcome;x',
    '/welcome%',
    '/%',
  ]) {
    test(`CVE-2026-47676: ${target} is 404`, async () => {
      for (const cookie of [[], [`Cookie: ${server.cookie}`]]) {
        assert.equal(statusOf(await server.ask('GET', target, cookie)), 404)
      }
    })
  }

  for (const target of [
    '/%77elcome',
    '/./welcome',
    '/x/../welcome',
    '/%2e/welcome',
    'http://auth.example.test/welcome',
    'http://evil.test/welcome',
  ]) {
    test(`CVE-2026-29087: ${target} is 404 or meets the same guard`, async () => {
      const out = await server.ask('GET', target)
      assert.ok([401, 404].includes(statusOf(out)), out)
      const signedIn = await server.ask('GET', target, [`Cookie: ${server.cookie}`])
      assert.equal(statusOf(signedIn), statusOf(out) === 401 ? 200 : 404)
      const page = await server.ask('GET', target, ['Accept: text/html'])
      assert.match(headerOf(page, 'location') ?? '', /^(\/signin\?next=%2F(welcome|%2577elcome))?$/)
      assert.doesNotMatch(page, /evil/)
    })
  }

  for (const target of [
    '/\\welcome',
    '\\welcome',
    'welcome',
    '*',
    '?',
    'http://',
    'http://evil.test:x/welcome',
    'ftp://evil.test/',
    'javascript:1',
  ]) {
    test(`${target} is refused and never served`, async () => {
      const status = statusOf(await server.ask('GET', target, [`Cookie: ${server.cookie}`]))
      assert.ok([400, 404].includes(status), `${status}`)
    })
  }

  for (const target of ['/v1/auth', '/login', '/signin', '/logout', '/nothing']) {
    test(`a name and a password before the host are refused and in no log: POST ${target}`, async () => {
      for (const userinfo of ['u:sekret4', ':sekret4', 'sekret4']) {
        const answer = await server.ask('POST', `http://${userinfo}@auth.example.test${target}`, [
          'Content-Length: 0',
        ])
        assert.equal(statusOf(answer), 400, answer)
        assert.match(answer, /query_refused/)
      }
      const put = await server.ask('PUT', `http://u:sekret4@auth.example.test${target}`, [
        'Content-Length: 0',
      ])
      assert.equal(statusOf(put), 400)
      assert.doesNotMatch(server.logged.join(''), /sekret4/)
    })
  }

  test('what an encoded question mark or a semicolon keeps from being a query is in no log', async () => {
    for (const target of ['/v1/auth%3Fpassword=sekret5', '/v1/auth%3fpassword=sekret5', '/v1/auth;p=sekret5'])
      assert.equal(statusOf(await server.ask('POST', target, ['Content-Length: 0'])), 404)
    assert.match(server.logged.join(''), /"path":"\/v1\/auth"/)
    assert.doesNotMatch(server.logged.join(''), /sekret5/)
  })

  test('a foreign Host or absolute target gives no link, Location or cookie', async () => {
    for (const host of ['evil.test', 'evil.test:99', '127.0.0.1', 'auth.example.test.evil.test']) {
      for (const [method, path] of [
        ['GET', '/'],
        ['GET', '/welcome'],
        ['GET', '/signin'],
        ['GET', '/nothing'],
        ['POST', '/logout'],
      ]) {
        for (const target of [path, `http://${host}${path}`]) {
          const answer = await server.say(
            `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nContent-Length: 0\r\nX-Forwarded-Host: ${host}\r\nConnection: close\r\n\r\n`,
          )
          assert.ok(statusOf(answer) < 500)
          assert.doesNotMatch(answer, /evil|127\.0\.0\.1/, `${method} ${target}`)
        }
      }
    }
  })

  test('on loopback another loopback name leads to PUBLIC_URL with 307, health does not', async () => {
    const local = await serve(LOCAL)
    const asked = (path: string, host: string) =>
      local.say(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const moved = await asked('/welcome?a', `127.0.0.1:${local.server.port}`)
    assert.deepEqual([statusOf(moved), headerOf(moved, 'location')], [307, 'http://localhost:8000/welcome?a'])
    assert.equal(statusOf(await asked('/healthz', '127.0.0.1')), 200)
    assert.equal(statusOf(await asked('/signin', 'localhost')), 200)
  })
})

describe('bodies as they are sent', () => {
  const json = 'Content-Type: application/json'

  test('CL+TE, two lengths and a broken length are 400 (ASVS 4.2.1)', async () => {
    for (const lines of [
      ['Content-Length: 2', 'Transfer-Encoding: chunked'],
      ['Content-Length: 2', 'Content-Length: 3'],
      ['Content-Length: -1'],
      ['Content-Length: 2a'],
      ['Transfer-Encoding: chunked, identity'],
      ['Transfer-Encoding: xchunked'],
    ]) {
      const answer = await server.ask('POST', '/signin', [json, ...lines], '2\r\n{}\r\n0\r\n\r\n')
      assert.equal(statusOf(answer), 400, lines.join())
    }
  })

  test('db05b96d: a chunked body over 16 KB is 413, however small its pieces', async () => {
    const head = `POST /signin HTTP/1.1\r\nHost: a\r\n${json}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`
    const pieces = Array.from({ length: 20 }, () => `400\r\n${' '.repeat(1024)}\r\n`)
    assert.equal(statusOf(await server.say(head, ...pieces, '0\r\n\r\n')), 413)
    const endless = Array.from({ length: 160 }, () => `10000\r\n${' '.repeat(65_536)}\r\n`)
    const answer = await server.say(head, ...endless)
    assert.ok(answer === '' || statusOf(answer) === 413, answer)
  })

  test('a length over 16 KB is 413 before the body is sent', async () => {
    const answer = await server.ask('POST', '/signin', [json, 'Content-Length: 99999999'])
    assert.equal(statusOf(answer), 413)
  })

  test('a chunked sign-in within the limit works', async () => {
    const body = JSON.stringify({ username: 'user1', password: GOOD_PASSWORD })
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const answer = await server.ask('POST', '/signin', [json, 'Transfer-Encoding: chunked'], chunks)
    assert.equal(statusOf(answer), 200)
  })

  test('who hangs up in the middle of a body is no error of ours', async () => {
    server.logged.length = 0
    const socket = connect(server.server.port, '127.0.0.1')
    socket.write(`POST /signin HTTP/1.1\r\nHost: a\r\n${json}\r\nContent-Length: 100\r\n\r\n{"user`)
    // Answered requests before and after, so that it has been seen to begin and to end.
    await server.ask('GET', '/healthz')
    socket.destroy()
    for (let i = 0; i < 20; i++) await server.ask('GET', '/signin')
    assert.deepEqual(
      server.logged.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50),
      [],
    )
  })
})

describe('cookies as they are sent', () => {
  for (const { cookie, session, why } of cookieCases.cases.filter(
    ({ cookie }) => !/^[\t\x20-\x7e]*$/.test(cookie),
  )) {
    test(`cookie-header-cases: ${why}`, async () => {
      const header = cookie.replaceAll(/(?<==)(T|EVIL)(?=$|[;\0])/g, (_, letter) =>
        letter === 'T' ? server.token : 'e30.e30.e30',
      )
      const status = statusOf(await server.ask('GET', '/welcome', [`Cookie: ${header}`]))
      assert.ok(session ? status === 200 : [400, 401].includes(status), `${status}`)
    })
  }

  test('two Cookie headers are read as one: the token in either, and two of them are nobody', async () => {
    assert.equal(
      statusOf(await server.ask('GET', '/welcome', ['Cookie: a=b', `Cookie: ${server.cookie}`])),
      200,
    )
    const twice = await server.ask('GET', '/welcome', [
      `Cookie: ${server.cookie}`,
      `Cookie: ${server.cookie}`,
    ])
    assert.equal(statusOf(twice), 401)
    assert.match(headerOf(twice, 'set-cookie') ?? '', /^__Host-token=; Max-Age=0/)
  })

  test('180 cookies of other apps: it works, or it is 431', async () => {
    for (const [length, status] of [
      [90, 200],
      [4000, 431],
    ] as const) {
      const junk = Array.from({ length: 180 }, (_, i) => `c${i}=${'x'.repeat(length)}`).join('; ')
      assert.equal(
        statusOf(await server.ask('GET', '/welcome', [`Cookie: ${junk}; ${server.cookie}`])),
        status,
      )
    }
  })

  test('two Authorization or two Origin headers are none that is good', async () => {
    const bearer = `Authorization: Bearer ${server.token}`
    const authorized = statusOf(await server.ask('GET', '/welcome', [bearer, 'Authorization: Bearer x']))
    assert.equal(authorized, 401)
    const origins = ['Origin: https://auth.example.test', 'Origin: https://evil.test']
    assert.equal(statusOf(await server.ask('POST', '/logout', ['Content-Length: 0', ...origins])), 403)
  })
})
