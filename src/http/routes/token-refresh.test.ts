import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START } from '../../testing.ts'
import { problemOf, refusalOf } from '../answers.testing.ts'
import { claimsOf } from '../device.testing.ts'
import { type Asked, CLIENTS, COOKIE, FROM_TEST, openApp } from '../requests.testing.ts'

const DAY = 86_400

async function withPair() {
  const app = await openApp()
  const pair = await app.beginPair()
  const trade = (refresh_token: string) => app.ask('/token/refresh', { json: { refresh_token } })
  return { ...app, ...pair, trade }
}

describe('POST /token/refresh', () => {
  test('answers a form, JSON, and JSON that curl -d sends as a form with a new pair', async () => {
    const ways: ((refresh_token: string) => Asked)[] = [
      (refresh_token) => ({ form: { refresh_token } }),
      (refresh_token) => ({ json: { refresh_token } }),
      (refresh_token) => ({
        body: JSON.stringify({ refresh_token }),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ]
    const { ask, refreshToken: first, token, clock } = await withPair()
    const seen = new Set([first])
    let current = first
    for (const way of ways) {
      for (const as of CLIENTS) {
        clock.advance(1)
        const answer = await ask('/token/refresh', { as, ...way(current) })
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('cache-control'), 'no-store')
        const { access_token, refresh_token, ...rest } = JSON.parse(answer.body)
        assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, refresh_expires_in: 7 * DAY })
        const [was, is] = [claimsOf(token), claimsOf(access_token)]
        assert.deepEqual([is.sid, is.auth_time, is.sub], [was.sid, START, was.sub])
        assert.notEqual(is.jti, was.jti)
        assert.equal((await ask('/welcome', { bearer: access_token })).body, 'Welcome user1!')
        seen.add(refresh_token)
        current = refresh_token
      }
    }
    assert.equal(seen.size, 10)
    // The access token of before is a signed one: it lives to its own end.
    assert.equal((await ask('/welcome', { bearer: token })).status, 200)
  })

  test('sets no cookie and touches none, and a refresh token in a cookie is not looked for', async () => {
    const { ask, cookie, refreshToken, trade, beginRemembered, stored } = await withPair()
    const { refreshCookie, sid } = await beginRemembered()
    for (const sent of [`${cookie}; ${refreshCookie}`, refreshCookie, `${COOKIE}=x`]) {
      const asked = { json: { refresh_token: refreshToken }, cookie: sent }
      assert.deepEqual((await ask('/token/refresh', asked)).setCookies, [])
      assert.equal((await ask('/token/refresh', { json: {}, cookie: sent })).status, 400)
    }
    assert.equal((await stored(sid)).refresh?.rotation, 0)
    assert.equal((await trade(refreshToken)).status, 200)
  })

  test('looks at no Bearer token beside it: a client sends the one that has expired', async () => {
    const { ask, refreshToken, token, clock } = await withPair()
    clock.advance(900)
    for (const bearer of [token, 'x'])
      assert.equal(
        (await ask('/token/refresh', { json: { refresh_token: refreshToken }, bearer })).status,
        200,
      )
  })

  const idle = [
    { after: 7 * DAY - 1, status: 200 },
    { after: 7 * DAY, status: 401 },
    { after: 7 * DAY + 1, status: 401 },
  ]
  for (const { after, status } of idle) {
    test(`lying idle for ${after} s: ${status}`, async () => {
      const { refreshToken, trade, clock } = await withPair()
      clock.advance(after)
      const answer = await trade(refreshToken)
      assert.equal(answer.status, status)
      if (status === 401) {
        const { code, notice } = problemOf(answer)
        assert.deepEqual([code, notice], ['expired_token', 'expired'])
      }
    })
  }

  test('used in time it slides, to the absolute end and no further, and its lengths say so (ASVS 10.4.8)', async () => {
    const { refreshToken, trade, clock } = await withPair()
    let current = refreshToken
    async function tradeAt(seconds: number) {
      clock.advance(START + seconds - clock.now())
      const answer = await trade(current)
      if (answer.status !== 200) return refusalOf(answer)
      const { refresh_token, expires_in, refresh_expires_in } = JSON.parse(answer.body)
      current = refresh_token
      return [expires_in, refresh_expires_in]
    }
    for (const day of [6, 12, 18, 23]) assert.deepEqual(await tradeAt(day * DAY), [900, 7 * DAY])
    assert.deepEqual(await tradeAt(23 * DAY + 1), [900, 7 * DAY - 1])
    assert.deepEqual(await tradeAt(29 * DAY), [900, DAY])
    assert.deepEqual(await tradeAt(30 * DAY - 900), [900, 900])
    assert.deepEqual(await tradeAt(30 * DAY - 1), [1, 1])
    assert.deepEqual(await tradeAt(30 * DAY), [401, 'expired_token'])
  })

  test('the user is looked up again: disabled, deleted or changed, it is 401 and says why', async () => {
    for (const [end, notice] of [
      ['disable', 'disabled'],
      ['delete', 'disabled'],
      ['role', 'ended-elsewhere'],
      ['password', 'password-changed'],
    ] as const) {
      const { refreshToken, trade, deps, addUser } = await withPair()
      const user = await addUser()
      if (end === 'disable') await deps.accounts.change(user, { status: 'disabled' }, FROM_TEST)
      if (end === 'delete') await deps.accounts.delete(user, FROM_TEST)
      if (end === 'role') await deps.accounts.change(user, { role: 'admin' }, FROM_TEST)
      if (end === 'password') await deps.accounts.setPassword(user, 'another plain sentence', FROM_TEST)
      const problem = problemOf(await trade(refreshToken))
      assert.deepEqual([problem.status, problem.code, problem.notice], [401, 'session_ended', notice], end)
    }
  })

  test('what we never made is one 401, that ends nothing and asks for a Bearer token', async () => {
    const { refreshToken, trade, token, sid, stored, beginPair } = await withPair()
    const [, secret = '', tag = ''] = refreshToken.split('.')
    const [other, made] = [await beginPair(), 'A'.repeat(43)]
    const madeUp = [
      'x',
      '..',
      sid,
      `${sid}.${secret}`,
      `${sid}.${secret}.${made}`,
      `${sid}.${made}.${tag}`,
      `${sid}.${tag}.${secret}`,
      `${sid}.${made}.${made}`,
      `${other.sid}.${secret}.${tag}`,
      ` ${refreshToken}`,
      `${refreshToken} `,
      `${refreshToken}=`,
      refreshToken.toUpperCase(),
      `${refreshToken}.${tag}`,
      `Bearer ${refreshToken}`,
      token,
      `${token}.${secret}`,
    ]
    const seen = new Set<string>()
    for (const text of madeUp) {
      const answer = await trade(text)
      assert.deepEqual(refusalOf(answer), [401, 'invalid_refresh_token'], text)
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
      seen.add(JSON.stringify([...answer.headers, answer.body.replace(/"request_id":"[^"]+"/, '')]))
    }
    assert.equal(seen.size, 1)
    const { endedAt, refresh } = await stored(sid)
    assert.deepEqual([endedAt, refresh?.rotation], [null, 0])
    assert.equal((await trade(refreshToken)).status, 200)
  })

  const JSON_TYPE = { 'content-type': 'application/json' }
  const shapes: [why: string, asked: Asked, refusal: [number, string]][] = [
    ['nothing', { method: 'POST' }, [415, 'wrong_content_type']],
    ['text', { body: 'x', headers: { 'content-type': 'text/plain' } }, [415, 'wrong_content_type']],
    ['no field', { json: {} }, [400, 'bad_body']],
    ['an empty token', { form: { refresh_token: '' } }, [400, 'bad_body']],
    ['null', { json: { refresh_token: null } }, [400, 'bad_body']],
    ['a list', { json: { refresh_token: ['x'] } }, [400, 'bad_body']],
    [
      'two',
      {
        body: 'refresh_token=a&refresh_token=b',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      [400, 'bad_body'],
    ],
    ['16 KB and one byte', { body: ' '.repeat(16 * 1024 + 1), headers: JSON_TYPE }, [413, 'too_large']],
    ['a token of 4097 letters', { json: { refresh_token: 'a'.repeat(4097) } }, [400, 'bad_body']],
    [
      'a token of 4096 letters',
      { json: { refresh_token: 'a'.repeat(4096) } },
      [401, 'invalid_refresh_token'],
    ],
  ]
  for (const [why, asked, refusal] of shapes) {
    test(`${why}: ${refusal.join(' ')}`, async () => {
      const { ask } = await openApp()
      assert.deepEqual(refusalOf(await ask('/token/refresh', asked)), refusal)
    })
  }
})
