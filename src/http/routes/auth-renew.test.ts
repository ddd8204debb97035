import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START } from '../../testing.ts'
import { refusalOf } from '../answers.testing.ts'
import { claimsOf } from '../device.testing.ts'
import { type Asked, CLIENTS, FROM_TEST, openApp } from '../requests.testing.ts'

const HOUR = 3600

/** A script's session without a refresh token, as POST /v1/auth begins it. */
async function openBare() {
  const latchkey = await openApp()
  const session = await latchkey.begin('user1', { carrier: 'bearer' })
  const renew = (bearer: string, asked: Asked = {}) =>
    latchkey.ask('/v1/auth', { method: 'PUT', bearer, ...asked })
  return { ...latchkey, ...session, renew }
}

describe('PUT /v1/auth', () => {
  test('gives a new token for one that lives, by Bearer or JWT, whatever is accepted and sent beside it', async () => {
    const { ask, begin, renew, token, sid, clock } = await openBare()
    const { cookie } = await begin('user2')
    let last = token
    for (const as of CLIENTS) {
      for (const scheme of ['Bearer', 'JWT', 'bearer', 'jwt']) {
        clock.advance(1)
        const authorization = `${scheme} ${last}`
        const answer = await renew(last, {
          as,
          cookie,
          json: { username: 'user2' },
          headers: { authorization },
        })
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('content-type'), 'application/jwt')
        const claims = claimsOf(answer.body)
        assert.deepEqual(
          [claims.sid, claims.username, claims.auth_time, claims.exp],
          [sid, 'user1', START, clock.now() + 900],
        )
        assert.notEqual(claims.jti, claimsOf(last).jti)
        last = answer.body
      }
    }
    assert.equal((await ask('/v1/sample', { bearer: last })).body, 'OK user1')
  })

  for (const [seconds, status] of [
    [0, 200],
    [1, 200],
    [870, 200],
    [899, 200],
    [900, 401],
    [901, 401],
  ] as const) {
    test(`${seconds} s after its token was issued: ${status}`, async () => {
      const { renew, token, clock, stored, sid } = await openBare()
      clock.advance(seconds)
      const answer = await renew(token)
      assert.equal(answer.status, status)
      if (status === 200) return assert.equal((await stored(sid)).expiresAt, START + seconds + 900)
      assert.deepEqual(refusalOf(answer), [401, 'expired_token'])
      assert.equal((await stored(sid)).expiresAt, START + 900)
    })
  }

  test('at exp the first token is over, and the one it was traded for lives on', async () => {
    const { renew, token, clock } = await openBare()
    clock.advance(899)
    const { body: next } = await renew(token)
    clock.advance(1)
    assert.equal((await renew(token)).status, 401)
    assert.equal((await renew(next)).status, 200)
  })

  for (const [left, status] of [
    [901, 200],
    [900, 200],
    [899, 200],
    [1, 200],
    [0, 401],
    [-1, 401],
  ] as const) {
    test(`with ${left} s left of its session: ${status}, and never a token that outlives it`, async () => {
      const { renew, token, clock } = await openBare()
      const end = START + 12 * HOUR
      let last = token
      while (end - clock.now() - 800 > Math.max(left, 1)) {
        clock.advance(800)
        last = (await renew(last)).body
      }
      clock.advance(end - clock.now() - left)
      const answer = await renew(last)
      assert.equal(answer.status, status)
      if (status === 200) assert.equal(claimsOf(answer.body).exp, Math.min(end, clock.now() + 900))
      else assert.deepEqual(refusalOf(answer), [401, 'expired_token'])
    })
  }

  test('of a session of a cookie: 403 that names /refresh, as Bearer too, and nothing is renewed', async () => {
    const { begin, beginRemembered, renew, stored } = await openBare()
    for (const { token, sid } of [await begin(), await beginRemembered()]) {
      const before = await stored(sid)
      const answer = await renew(token)
      assert.deepEqual(refusalOf(answer), [403, 'renewed_by_cookie'])
      assert.match(answer.body, /POST \/refresh /)
      assert.deepEqual(await stored(sid), before)
    }
  })

  test('of a session of /login: 403 that names /token/refresh, and nothing is renewed', async () => {
    const { beginPair, renew, stored } = await openBare()
    const { token, sid } = await beginPair()
    const before = await stored(sid)
    const answer = await renew(token)
    assert.deepEqual(refusalOf(answer), [403, 'renewed_by_refresh_token'])
    assert.match(answer.body, /POST \/token\/refresh /)
    assert.deepEqual(await stored(sid), before)
  })

  test('with a cookie and no token: 401, for nobody is known by a cookie here', async () => {
    const { ask, begin, beginRemembered } = await openBare()
    for (const cookie of [(await begin()).cookie, (await beginRemembered()).refreshCookie]) {
      const answer = await ask('/v1/auth', { method: 'PUT', cookie })
      assert.deepEqual([refusalOf(answer), answer.setCookies], [[401, 'not_signed_in'], []])
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
    }
  })

  test('with a bad token: 401 that says so', async () => {
    const { renew, token } = await openBare()
    for (const bad of ['', 'x', 'e30.e30.e30', `${token}=`, `${token.slice(0, -86)}${'A'.repeat(86)}`]) {
      const answer = await renew(bad)
      assert.deepEqual(refusalOf(answer), [401, 'invalid_token'])
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey", error="invalid_token"')
    }
  })

  test('after signing out: 401', async () => {
    const { ask, renew, token } = await openBare()
    const { body: next } = await renew(token)
    await ask('/logout', { method: 'POST', bearer: next })
    for (const bearer of [token, next])
      assert.deepEqual(refusalOf(await renew(bearer)), [401, 'session_ended'])
  })

  test('of a user who was disabled, deleted, or given another role: 401', async () => {
    for (const change of ['disable', 'delete', 'role'] as const) {
      const { renew, token, deps, addUser } = await openBare()
      const user = await addUser()
      if (change === 'delete') await deps.accounts.delete(user, FROM_TEST)
      else
        await deps.accounts.change(
          user,
          change === 'role' ? { role: 'admin' } : { status: 'disabled' },
          FROM_TEST,
        )
      assert.deepEqual(refusalOf(await renew(token)), [401, 'session_ended'], change)
    }
  })

  test('of a user who is disabled while it is under way: 401, for the user is looked up again', async () => {
    const { ask, token, deps, addUser } = await openBare()
    const user = await addUser()
    // The token is good: only `renew` can find out.
    const { renew } = deps.sessions
    deps.sessions.renew = async (...args) => {
      await deps.accounts.change(user, { status: 'disabled' }, FROM_TEST)
      return renew(...args)
    }
    const answer = await ask('/v1/auth', { method: 'PUT', bearer: token })
    assert.deepEqual(refusalOf(answer), [401, 'session_ended'])
    assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
  })

  test('twenty at once all get a token of the one session', async () => {
    const { renew, token, sid, deps, clock } = await openBare()
    const answers = await Promise.all(Array.from({ length: 20 }, () => renew(token)))
    for (const { status, body } of answers) assert.deepEqual([status, claimsOf(body).sid], [200, sid])
    assert.equal((await deps.sessionStore.listLive(clock.now())).length, 1)
  })
})
