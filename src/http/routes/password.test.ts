import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../../testing.ts'
import { isPage, problemOf, refusalOf } from '../answers.testing.ts'
import { claimsOf, openDevice } from '../device.testing.ts'
import { form, NEXT, withDevice } from '../password.testing.ts'
import { openApp, REFRESH_COOKIE } from '../requests.testing.ts'

describe('a good new password', () => {
  for (const remember of [false, true]) {
    test(`goes on here with a new session, ${remember ? 'remembered as before' : 'not remembered as before'}, and the old cookies are dead`, async () => {
      for (const as of ['browser', 'curl', 'json'] as const) {
        const { device, change, ask, clock, stored } = await withDevice({ as, remember })
        const [sid, cookies, refresh] = [device.sid(), device.cookies(), device.value('refresh')]
        clock.advance(200)
        const answer = await change()
        if (as === 'browser')
          assert.deepEqual([answer.status, answer.location], [303, '/account?notice=password-changed'])
        else
          assert.deepEqual(JSON.parse(answer.body), {
            ...{ username: 'user1', expires_at: clock.now() + 300, refresh_from: clock.now() + 270 },
          })
        assert.equal(answer.setCookies.length, remember ? 2 : 1)
        assert.notEqual(device.sid(), sid)
        assert.equal(claimsOf(device.value('token') ?? '').auth_time, clock.now())
        assert.equal((await device.ask('/session')).status, 200)
        for (const old of [cookies, `${REFRESH_COOKIE}=${refresh}`])
          assert.equal((await ask('/session', { cookie: old })).status, 401)
        assert.equal((await stored(sid)).endReason, 'password-changed')
        clock.advance(3600)
        assert.equal((await device.ask('/session')).status, remember ? 200 : 401)
      }
    })
  }

  test('ends every other session at once, and each sign-in page says why', async () => {
    const { device, change, ask, begin, beginPair, beginRemembered, stored, isLive, ...latchkey } =
      await withDevice()
    const [page, phone, script] = [await begin(), await beginRemembered(), await beginPair()]
    const stranger = await begin('user2')
    await change()
    for (const { sid } of [page, phone, script])
      assert.equal((await stored(sid)).endReason, 'password-changed')
    const notices = [
      await ask('/session', { cookie: page.cookie }),
      await ask('/session', { cookie: phone.cookie }),
      await ask('/session', { cookie: phone.refreshCookie }),
      await ask('/session', { bearer: script.token }),
      await ask('/token/refresh', { json: { refresh_token: script.refreshToken } }),
    ].map((answer) => [...refusalOf(answer), problemOf(answer).notice])
    for (const notice of notices) assert.deepEqual(notice, [401, 'session_ended', 'password-changed'])
    const browser = openDevice(
      { ask, ...latchkey },
      { as: 'browser', brings: { [REFRESH_COOKIE]: phone.refreshToken } },
    )
    const sent = await browser.ask('/welcome')
    assert.equal(sent.location, '/signin?next=%2Fwelcome&notice=password-changed')
    assert.match((await browser.ask(sent.location ?? '')).body, /Your password was changed/)
    assert.ok((await isLive(stranger.cookie)) && (await isLive(device.cookies() ?? '')))
    const { sessions } = JSON.parse((await device.ask('/sessions')).body)
    assert.deepEqual(
      sessions.map(({ sid }: { sid: string }) => sid),
      [device.sid()],
    )
  })

  test('is the one that signs in from now on, and the old one does not', async () => {
    const { change, isPassword } = await withDevice()
    assert.deepEqual([await isPassword(GOOD_PASSWORD), await isPassword(NEXT)], [true, false])
    await change()
    assert.deepEqual([await isPassword(GOOD_PASSWORD), await isPassword(NEXT)], [false, true])
  })

  test('given by Bearer: a new pair, no cookie, and the old pair is dead', async () => {
    const { ask, beginPair, beginRemembered, isLive } = await openApp()
    const [script, device] = [await beginPair(), await beginRemembered()]
    const answer = await ask('/account/password', {
      bearer: script.token,
      cookie: device.refreshCookie,
      json: form,
    })
    assert.deepEqual([answer.status, answer.setCookies], [200, []])
    const { access_token, refresh_token, expires_in } = JSON.parse(answer.body)
    assert.equal(expires_in, 900)
    assert.notEqual(claimsOf(access_token).sid, script.sid)
    assert.equal((await ask('/welcome', { bearer: access_token })).body, 'Welcome user1!')
    const trade = (token: string) => ask('/token/refresh', { json: { refresh_token: token } })
    assert.equal((await trade(refresh_token)).status, 200)
    assert.equal((await ask('/welcome', { bearer: script.token })).status, 401)
    assert.deepEqual(refusalOf(await trade(script.refreshToken)), [401, 'session_ended'])
    assert.equal(await isLive(device.refreshCookie), false)
  })

  test('of two at once one wins, and its session alone lives', async () => {
    const { device, ask, deps, clock, isPassword } = await withDevice()
    const answers = await Promise.all(
      [NEXT, 'one more plain sentence'].map((new_password) =>
        ask('/account/password', { cookie: device.cookies(), json: { ...form, new_password } }),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.ok(answers.every(({ status }) => [200, 401, 422].includes(status)))
    assert.equal((await deps.sessionStore.listLive(clock.now())).length, 1)
    assert.deepEqual(
      [await isPassword(NEXT), await isPassword('one more plain sentence')],
      answers.map(({ status }) => status === 200),
    )
  })
})

describe('the form', () => {
  test('asks for both passwords as password managers know them, and shows neither', async () => {
    const { device } = await withDevice({ as: 'browser' })
    const page = await device.ask('/account/password')
    assert.ok(page.status === 200 && isPage(page))
    assert.match(page.body, /<form method="post" action="\/account\/password">/)
    for (const [name, autocomplete] of [
      ['current_password', 'current-password'],
      ['new_password', 'new-password'],
    ]) {
      const [field = ''] = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(page.body) ?? []
      assert.match(field, /type="password"/)
      assert.ok(field.includes(`autocomplete="${autocomplete}"`) && !/ value=/.test(field), field)
    }
  })
})
