import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START } from '../../testing.ts'
import { isPage, problemOf } from '../answers.testing.ts'
import { CLIENTS, COOKIE, FROM_TEST, openApp } from '../requests.testing.ts'

const wrongSignature = (token: string) => `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`

describe('GET /welcome', () => {
  test('greets a browser with the page, curl with a line, a script with JSON', async () => {
    const { ask, begin } = await openApp()
    const { cookie, token } = await begin()
    for (const credentials of [{ cookie }, { bearer: token }]) {
      const page = await ask('/welcome', { as: 'browser', ...credentials })
      assert.equal(page.status, 200)
      assert.ok(isPage(page))
      assert.match(page.body, /<h1>Welcome user1!<\/h1>/)
      assert.match(page.body, /<form method="post" action="\/logout"><button[^>]*>Sign out<\/button>/)
      assert.match(page.body, new RegExp(`datetime="${new Date((START + 12 * 3600) * 1000).toISOString()}"`))
      const line = await ask('/welcome', credentials)
      assert.deepEqual(
        [line.status, line.body, line.headers.get('content-type')],
        [200, 'Welcome user1!', 'text/plain; charset=utf-8'],
      )
      const json = await ask('/welcome', { as: 'json', ...credentials })
      assert.deepEqual([json.status, JSON.parse(json.body)], [200, { message: 'Welcome user1!' }])
    }
  })

  test('sends a browser that is not signed in to the sign-in page and back, query and all', async () => {
    const { ask } = await openApp()
    const plain = await ask('/welcome', { as: 'browser' })
    assert.deepEqual([plain.status, plain.location], [303, '/signin?next=%2Fwelcome'])
    const asked = await ask('/welcome?a=1&notice=x', { as: 'browser' })
    assert.equal(asked.location, '/signin?next=%2Fwelcome%3Fa%3D1%26notice%3Dx')
  })

  test('refuses everybody else with 401 and says how to authenticate', async () => {
    const { ask } = await openApp()
    for (const as of ['curl', 'json'] as const) {
      const answer = await ask('/welcome', { as })
      assert.equal(answer.status, 401)
      assert.equal(problemOf(answer).code, 'not_signed_in')
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
    }
  })

  test('a cookie without the form of a token is 400 for scripts, a way to sign in for browsers, and cleared', async () => {
    const { ask } = await openApp()
    for (const value of ['x', 'a.b', 'a.b.c.d', 'a.b.c=', '%7B%7D', '"', 'A'.repeat(5000)]) {
      for (const as of CLIENTS) {
        const answer = await ask('/welcome', { as, cookie: `${COOKIE}=${value}` })
        if (as === 'browser') assert.equal(answer.location, '/signin?next=%2Fwelcome', value)
        else assert.equal(problemOf(answer).code, 'malformed_token', value)
        assert.equal(answer.status, as === 'browser' ? 303 : 400, value)
        assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0/, value)
      }
    }
  })

  test('every other bad cookie is 401 for scripts, and cleared', async () => {
    const { ask, begin, clock, deps, addUser } = await openApp()
    const { cookie, token } = await begin()
    const revoked = await begin()
    await ask('/logout', { method: 'POST', cookie: revoked.cookie })
    const gone = await begin('user2')
    await deps.accounts.delete(await addUser('user2'), FROM_TEST)
    const bad: [cookie: string, code: string, notice: string][] = [
      [`${COOKIE}=${wrongSignature(token)}`, 'invalid_token', ''],
      [`${COOKIE}=e30.e30.e30`, 'invalid_token', ''],
      [revoked.cookie, 'session_ended', '&notice=signed-out'],
      [gone.cookie, 'session_ended', '&notice=disabled'],
      [cookie, 'expired_token', '&notice=expired'],
    ]
    for (const [value, code, notice] of bad) {
      if (code === 'expired_token') clock.advance(300)
      for (const as of CLIENTS) {
        const answer = await ask('/welcome', { as, cookie: value })
        if (as === 'browser') assert.equal(answer.location, `/signin?next=%2Fwelcome${notice}`, code)
        else assert.equal(problemOf(answer).code, code)
        assert.equal(answer.status, as === 'browser' ? 303 : 401)
        assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0/, code)
      }
    }
  })

  test('a token is good until the second before exp, and not on it', async () => {
    for (const [seconds, status] of [
      [299, 200],
      [300, 401],
      [301, 401],
    ] as const) {
      const { ask, begin, clock } = await openApp()
      const { cookie } = await begin()
      clock.advance(seconds)
      assert.equal((await ask('/welcome', { cookie })).status, status, `${seconds}`)
    }
  })
})

describe('Authorization: Bearer', () => {
  test('every bad one is 401 with error="invalid_token" (RFC 6750 3.1), also one without the form of a token', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin()
    for (const authorization of [
      'Bearer',
      'Bearer ',
      'Bearer x',
      'Bearer %',
      `Bearer ${wrongSignature(token)}`,
      `Bearer ${token} ${token}`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer "${token}"`,
    ]) {
      for (const as of ['curl', 'json'] as const) {
        const answer = await ask('/welcome', { as, headers: { authorization } })
        assert.equal(answer.status, 401, authorization)
        assert.equal(
          answer.headers.get('www-authenticate'),
          'Bearer realm="latchkey", error="invalid_token"',
          authorization,
        )
        assert.deepEqual(answer.setCookies, [], authorization)
      }
    }
  })

  test('wins over a cookie: a bad one is never helped out, and the good cookie is left alone', async () => {
    const { ask, begin, isLive } = await openApp()
    const { cookie } = await begin()
    const answer = await ask('/welcome', { cookie, bearer: 'e30.e30.e30' })
    assert.deepEqual([answer.status, answer.setCookies], [401, []])
    assert.ok(await isLive(cookie))
  })

  test('the scheme is read in any case (RFC 9110 11.1)', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin()
    for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
      assert.equal((await ask('/welcome', { headers: { authorization: `${scheme} ${token}` } })).status, 200)
    }
  })

  test('CVE-2026-47673: a token under any other scheme is no token', async () => {
    const { ask, begin } = await openApp()
    const { cookie, token } = await begin()
    for (const authorization of [
      `Token ${token}`,
      `Basic ${token}`,
      `JWT ${token}`,
      `Bearers ${token}`,
      token,
    ]) {
      const answer = await ask('/welcome', { headers: { authorization } })
      assert.equal(answer.status, 401, authorization)
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
      // A scheme that is not ours says nothing about the cookie, as when a proxy asks for Basic.
      assert.equal((await ask('/welcome', { cookie, headers: { authorization } })).status, 200)
    }
  })

  test('C-S2: a token in the query, the form or another header is not looked at', async () => {
    const { ask, begin } = await openApp()
    const { token } = await begin()
    assert.equal((await ask(`/welcome?token=${token}&access_token=${token}`)).status, 401)
    for (const name of ['x-token', 'token', 'x-access-token', 'x-user-id', 'remote-user']) {
      assert.equal((await ask('/welcome', { headers: { [name]: token } })).status, 401, name)
    }
  })
})
