import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../testing.ts'
import { isPage, problemOf, refusalOf } from './answers.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { CLIENTS, COOKIE, cookieGiven, openApp, REFRESH_COOKIE } from './requests.testing.ts'

const PRIVATE_PAGES = [
  '/welcome',
  '/session',
  '/sessions',
  '/account',
  '/account/password',
  '/account/confirm',
] as const

describe('Authorization: Bearer with the access token of an API client', () => {
  test('is accepted wherever the cookie is, whoever asks', async () => {
    const { ask, beginPair } = await openApp()
    const { token } = await beginPair()
    for (const path of PRIVATE_PAGES) {
      for (const as of CLIENTS) {
        const answer = await ask(path, { as, bearer: token })
        assert.equal(answer.status, 200, `${path} ${as}`)
        if (as === 'browser' && path !== '/session') assert.ok(isPage(answer), path)
      }
    }
  })

  test('a good one of A beside the cookie of B is A, and the reverse', async () => {
    const { ask, beginPair, begin } = await openApp()
    for (const [bearerOf, cookieOf] of [
      ['user1', 'user2'],
      ['user2', 'user1'],
    ] as const) {
      const [{ token }, { cookie }] = [await beginPair(bearerOf), await begin(cookieOf)]
      assert.equal((await ask('/welcome', { bearer: token, cookie })).body, `Welcome ${bearerOf}!`)
      assert.equal((await ask('/welcome', { cookie })).body, `Welcome ${cookieOf}!`)
      const { username } = JSON.parse((await ask('/account', { as: 'json', bearer: token, cookie })).body)
      assert.equal(username, bearerOf)
    }
  })

  test('a bad one beside good cookies is 401, is never helped out, and no cookie is touched', async () => {
    const { ask, begin, beginPair, beginRemembered, clock, stored, isLive } = await openApp()
    const expired = await beginPair()
    clock.advance(900)
    const ended = await beginPair()
    await ask('/logout', { method: 'POST', bearer: ended.token })
    const [{ cookie }, remembered] = [await begin(), await beginRemembered()]
    for (const bearer of ['', 'x', 'e30.e30.e30', expired.token, ended.token, remembered.refreshToken]) {
      for (const beside of [cookie, remembered.refreshCookie, `${cookie}; ${remembered.refreshCookie}`]) {
        for (const path of PRIVATE_PAGES) {
          const answer = await ask(path, { bearer, cookie: beside })
          assert.deepEqual([answer.status, answer.setCookies], [401, []], `${path} ${bearer}`)
          assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
        }
      }
    }
    assert.equal((await stored(remembered.sid)).refresh?.rotation, 0)
    assert.ok(await isLive(cookie))
  })

  test('no answer of any route sets or clears a cookie, whatever cookies are sent beside it', async () => {
    const latchkey = await openAppOnDisk()
    const { app, ask, begin, beginPair, beginRemembered, clock, sql, deps } = latchkey
    const expired = await beginPair()
    clock.advance(900)
    await deps.revocations.poll()
    const lost = await beginPair()
    const [good, { cookie }, { refreshCookie, ...device }] = [
      await beginPair(),
      await begin(),
      await beginRemembered(),
    ]
    // Its signature is good, and its row is gone, as after the loss of a database.
    sql.prepare('delete from sessions where sid = ?').run(lost.sid)
    const routes = app.routes.filter(({ method }) => method !== 'ALL')
    assert.ok(routes.length >= 26)
    const beside = [
      cookie,
      refreshCookie,
      `${device.cookie}; ${refreshCookie}`,
      `${COOKIE}=x; ${REFRESH_COOKIE}=y`,
    ]
    const statuses = new Set<number>()
    for (const { method, path } of routes) {
      for (const bearer of [good.token, expired.token, lost.token, 'x', '']) {
        for (const sent of [...beside, undefined]) {
          // To end one's own session is the last thing to try.
          const asked = { method, bearer: path === '/logout' ? expired.token : bearer, cookie: sent }
          const { status, setCookies } = await ask(path, asked)
          assert.deepEqual(setCookies, [], `${method} ${path} ${status} ${bearer === lost.token}`)
          statuses.add(status)
        }
      }
    }
    assert.deepEqual([...statuses].sort(), [200, 204, 303, 400, 401, 403, 404, 415])
    for (const path of [`/sessions/${good.sid}/end`, '/logout']) {
      const answer = await ask(path, { method: 'POST', bearer: good.token, cookie })
      assert.deepEqual(answer.setCookies, [], path)
    }
  })

  test('signing out ends that session at once, and no other of the user', async () => {
    const { ask, beginPair, begin, isLive } = await openApp()
    const [script, other, page] = [await beginPair(), await beginPair(), await begin()]
    const answer = await ask('/logout', { method: 'POST', bearer: script.token })
    assert.deepEqual([answer.status, answer.body, answer.setCookies], [204, '', []])
    const refused = await ask('/welcome', { bearer: script.token })
    const { code, notice } = problemOf(refused)
    assert.deepEqual([refused.status, code, notice], [401, 'session_ended', 'signed-out'])
    const trade = (refresh_token: string) => ask('/token/refresh', { json: { refresh_token } })
    assert.deepEqual(refusalOf(await trade(script.refreshToken)), [401, 'session_ended'])
    assert.equal((await trade(other.refreshToken)).status, 200)
    assert.ok(await isLive(page.cookie))
  })

  test('signing out also with an expired one, and with a bad one ends nothing', async () => {
    const { ask, beginPair, beginRemembered, clock, stored } = await openApp()
    const [script, device] = [await beginPair(), await beginRemembered()]
    const out = (bearer: string) => ask('/logout', { method: 'POST', bearer, cookie: device.refreshCookie })
    for (const bad of ['', 'x', script.refreshToken, `${script.token.slice(0, -86)}${'A'.repeat(86)}`])
      assert.equal((await out(bad)).status, 204)
    assert.equal((await stored(script.sid)).endedAt, null)
    clock.advance(901)
    assert.equal((await out(script.token)).status, 204)
    assert.equal((await stored(script.sid)).endReason, 'signed-out')
    assert.equal((await stored(device.sid)).endedAt, null)
  })
})

describe('a Bearer token beside a password', () => {
  test('says nothing where cookies are handed out: they are set for whom the password names, and its session lives on', async () => {
    const { ask, addUser, beginPair, stored } = await openApp()
    await addUser('user2')
    const { token, sid } = await beginPair()
    for (const bearer of [token, 'x']) {
      const answer = await ask('/signin', { bearer, form: { username: 'user2', password: GOOD_PASSWORD } })
      assert.equal(JSON.parse(answer.body).username, 'user2')
      const cookie = `${COOKIE}=${cookieGiven(answer, COOKIE)}`
      assert.equal((await ask('/welcome', { cookie })).body, 'Welcome user2!')
    }
    assert.equal((await stored(sid)).endedAt, null)
  })
})

describe('the access token of an API client in the cookie', () => {
  for (const { left, refusal } of [
    { left: 31, refusal: [400, 'too_early'] },
    { left: 30, refusal: [400, 'bearer_refresh'] },
    { left: 1, refusal: [400, 'bearer_refresh'] },
    { left: 0, refusal: [401, 'expired_token'] },
  ]) {
    test(`is not renewed by /refresh with ${left} s left: ${refusal.join(' ')}`, async () => {
      const { ask, beginPair, clock, stored } = await openApp()
      const { cookie, sid } = await beginPair()
      const before = await stored(sid)
      clock.advance(900 - left)
      const answer = await ask('/refresh', { method: 'POST', cookie })
      assert.deepEqual(refusalOf(answer), refusal)
      assert.ok(answer.setCookies.every((line) => line.startsWith(`${COOKIE}=; Max-Age=0`)))
      assert.deepEqual({ ...(await stored(sid)), lastSeenAt: START }, before)
    })
  }
})
