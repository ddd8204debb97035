import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { refusalOf } from '../answers.testing.ts'
import { claimsOf } from '../device.testing.ts'
import { CLIENTS, FROM_TEST, openApp } from '../requests.testing.ts'

const PATHS = ['/v1/me', '/v1/sample'] as const

/** The app with a user who has a name and an address. */
async function openWithAda(overrides: Parameters<typeof openApp>[0] = {}) {
  const latchkey = await openApp(overrides)
  const details = { name: 'Ada Lovelace', email: 'ada@example.test' }
  await latchkey.deps.accounts.add({ username: 'ada', password: GOOD_PASSWORD, ...details }, FROM_TEST)
  return { ...latchkey, token: (await latchkey.begin('ada')).token }
}

describe('GET /v1/me', () => {
  test('says all that the token says, and no more, whatever is accepted', async () => {
    const { ask, token } = await openWithAda()
    for (const as of CLIENTS) {
      const answer = await ask('/v1/me', { as, bearer: token })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
      const claims = JSON.parse(answer.body)
      assert.deepEqual(claims, claimsOf(token))
      const { username, role, exp, ...rest } = claims
      assert.deepEqual([username, role, exp], ['ada', 'user', START + 300])
      assert.deepEqual(Object.keys(rest).sort(), ['aud', 'auth_time', 'iat', 'iss', 'jti', 'sid', 'sub'])
    }
  })

  test('says name and email where TOKEN_CLAIMS gives them, and nothing for who has none', async () => {
    const { ask, token, begin } = await openWithAda({ tokenClaims: ['name', 'email'] })
    const { name, email } = JSON.parse((await ask('/v1/me', { bearer: token })).body)
    assert.deepEqual([name, email], ['Ada Lovelace', 'ada@example.test'])
    const { body } = await ask('/v1/me', { bearer: (await begin()).token })
    assert.ok(!('name' in JSON.parse(body)) && !('email' in JSON.parse(body)))
  })
})

describe('GET /v1/sample', () => {
  test('answers OK and the name that the token has, else the username, as text', async () => {
    for (const [tokenClaims, body] of [
      [['name'], 'OK Ada Lovelace'],
      [['email'], 'OK ada'],
      [[], 'OK ada'],
    ] as const) {
      const { ask, token } = await openWithAda({ tokenClaims: [...tokenClaims] })
      for (const as of CLIENTS) {
        const answer = await ask('/v1/sample', { as, bearer: token })
        assert.deepEqual([answer.status, answer.body], [200, body])
        assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
      }
    }
  })
})

describe('under /v1 a person is known by the Authorization header alone', () => {
  test('by Bearer and by JWT, in letters of any case', async () => {
    const { ask, token } = await openWithAda()
    for (const path of PATHS) {
      for (const scheme of ['Bearer', 'bearer', 'BEARER', 'JWT', 'jwt', 'Jwt']) {
        const { status } = await ask(path, { headers: { authorization: `${scheme} ${token}` } })
        assert.equal(status, 200, `${path} ${scheme}`)
      }
    }
  })

  test('CVE-2026-47673: a good token under any other scheme is 401', async () => {
    const { ask, token } = await openWithAda()
    for (const path of PATHS) {
      for (const scheme of ['Token', 'Basic', 'DPoP', 'JWTx', 'X-JWT', 'Bearer:', '']) {
        const answer = await ask(path, { headers: { authorization: `${scheme} ${token}`.trim() } })
        assert.deepEqual(refusalOf(answer), [401, 'not_signed_in'], `${path} ${scheme}`)
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
      }
    }
  })

  test('CVE-2026-47673: JWT is no scheme anywhere else, and no help to a cookie', async () => {
    const { ask, app, token, begin } = await openWithAda()
    const { cookie } = await begin()
    const authorization = `JWT ${token}`
    for (const path of ['/welcome', '/session', '/sessions', '/account'])
      assert.equal((await ask(path, { headers: { authorization } })).status, 401, path)
    assert.equal((await ask('/welcome', { cookie, headers: { authorization } })).body, 'Welcome user1!')
    const two = new Headers([
      ['authorization', `JWT ${token}`],
      ['authorization', `Bearer ${token}`],
    ])
    assert.equal((await app.request('/v1/me', { headers: two })).status, 401)
  })

  test('no cookie is read, renewed, cleared or set', async () => {
    const { ask, begin, beginRemembered, stored, clock } = await openWithAda()
    const [page, device] = [await begin(), await beginRemembered()]
    clock.advance(270)
    for (const path of [...PATHS, '/v1/ping', '/v1/keys', '/v1/nothing']) {
      for (const cookie of [
        page.cookie,
        device.refreshCookie,
        '__Host-token=x',
        `${page.cookie}; ${page.cookie}`,
      ]) {
        for (const as of CLIENTS) {
          const { status, setCookies } = await ask(path, { as, cookie })
          assert.deepEqual(setCookies, [], path)
          if (path === '/v1/me' || path === '/v1/sample') assert.equal(status, 401, path)
        }
      }
    }
    assert.equal((await stored(device.sid)).refresh?.rotation, 0)
  })

  test('a bad token is 401 that says so, beside a good cookie too', async () => {
    const { ask, token, begin, clock, deps, addUser } = await openWithAda()
    const { cookie } = await begin()
    const ended = await begin('user2')
    await deps.accounts.change(await addUser('user2'), { status: 'disabled' }, FROM_TEST)
    for (const path of PATHS) {
      for (const scheme of ['Bearer', 'JWT']) {
        for (const [bad, code] of [
          ['', 'invalid_token'],
          ['x', 'invalid_token'],
          [`${token}x`, 'invalid_token'],
          [`${token} ${token}`, 'invalid_token'],
          [ended.token, 'session_ended'],
        ] as const) {
          const answer = await ask(path, { cookie, headers: { authorization: `${scheme} ${bad}`.trim() } })
          assert.deepEqual(refusalOf(answer), [401, code], `${path} ${scheme} ${bad}`)
          assert.equal(
            answer.headers.get('www-authenticate'),
            'Bearer realm="latchkey", error="invalid_token"',
          )
        }
      }
    }
    for (const [seconds, status] of [
      [299, 200],
      [1, 401],
      [1, 401],
    ] as const) {
      clock.advance(seconds)
      for (const path of PATHS) assert.equal((await ask(path, { bearer: token })).status, status)
    }
  })
})
