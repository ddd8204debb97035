import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDevice } from '../device.testing.ts'
import { openAppOnDisk } from '../on-disk.testing.ts'
import { CLIENTS, COOKIE, cookieGiven, openApp, REFRESH_COOKIE } from '../requests.testing.ts'

const post = { method: 'POST' } as const

describe('POST /logout on a device that stays signed in', () => {
  test('ends the session and clears both cookies: neither is worth anything on the next request', async () => {
    for (const as of CLIENTS) {
      const { ask, beginRemembered, stored } = await openApp()
      const { cookie, refreshCookie, sid } = await beginRemembered()
      const answer = await ask('/logout', { ...post, as, cookie: `${cookie}; ${refreshCookie}` })
      assert.equal(answer.status, as === 'browser' ? 303 : 204)
      assert.deepEqual([cookieGiven(answer, COOKIE), cookieGiven(answer, REFRESH_COOKIE)], ['', ''])
      assert.equal(answer.setCookies.length, 2)
      assert.equal((await stored(sid)).endReason, 'signed-out')
      for (const dead of [cookie, refreshCookie, `${cookie}; ${refreshCookie}`]) {
        assert.equal((await ask('/welcome', { cookie: dead })).status, 401)
        assert.equal((await ask('/refresh', { ...post, cookie: dead })).status, 401)
      }
    }
  })

  test('with the refresh cookie alone, whenever: the session ends, and nothing is rotated for it', async () => {
    for (const seconds of [0, 3600, 6 * 86_400]) {
      const { ask, beginRemembered, stored, clock } = await openApp()
      const { refreshCookie, sid } = await beginRemembered()
      clock.advance(seconds)
      const answer = await ask('/logout', { ...post, cookie: refreshCookie })
      assert.deepEqual([answer.status, cookieGiven(answer, REFRESH_COOKIE)], [204, ''])
      const { endReason, refresh } = await stored(sid)
      assert.deepEqual([endReason, refresh?.rotation], ['signed-out', 0])
    }
  })

  test('with a displaced refresh cookie too: it is ours, and no alarm is raised', async () => {
    const latchkey = await openApp()
    const { refreshToken, refreshCookie, sid } = await latchkey.beginRemembered()
    const device = openDevice(latchkey, { brings: { [REFRESH_COOKIE]: refreshToken } })
    for (const _ of [1, 2]) {
      latchkey.clock.advance(3600)
      await device.ask('/welcome')
    }
    assert.equal((await latchkey.ask('/logout', { ...post, cookie: refreshCookie })).status, 204)
    assert.equal((await latchkey.stored(sid)).endReason, 'signed-out')
    assert.equal((await device.ask('/welcome')).status, 401)
  })

  test('with a made-up refresh cookie nothing ends, and the cookie goes', async () => {
    const { ask, beginRemembered, stored } = await openApp()
    const { sid, refreshToken } = await beginRemembered()
    const [, secret] = refreshToken.split('.')
    for (const madeUp of ['x', `${sid}.${secret}.${'A'.repeat(43)}`, `${sid}.${'A'.repeat(43)}.${secret}`]) {
      const answer = await ask('/logout', { ...post, cookie: `${REFRESH_COOKIE}=${madeUp}` })
      assert.deepEqual([answer.status, cookieGiven(answer, REFRESH_COOKIE)], [204, ''])
    }
    assert.equal((await stored(sid)).endedAt, null)
  })

  test('every session that a cookie names ends: of the token, and of several refresh cookies, one of them planted', async () => {
    const { ask, begin, beginRemembered, stored } = await openApp()
    const [page, one, two] = [await begin(), await beginRemembered(), await beginRemembered('user2')]
    const cookie = `${page.cookie}; ${one.refreshCookie}; ${REFRESH_COOKIE}=x; ${two.refreshCookie}`
    assert.equal((await ask('/logout', { ...post, cookie })).status, 204)
    for (const { sid } of [page, one, two]) assert.equal((await stored(sid)).endReason, 'signed-out')
  })

  test('the other devices of the user stay signed in', async () => {
    const { ask, beginRemembered, isLive } = await openApp()
    const [one, two] = [await beginRemembered(), await beginRemembered()]
    await ask('/logout', { ...post, cookie: one.refreshCookie })
    assert.ok(await isLive(two.refreshCookie))
  })

  test('with the store down it is 503, yet both cookies go, and what they named is over on this node', async () => {
    const latchkey = await openAppOnDisk()
    const { ask, begin, beginRemembered } = latchkey
    const [page, device] = [await begin(), await beginRemembered()]
    latchkey.takeAway()
    const answer = await ask('/logout', { ...post, cookie: `${page.cookie}; ${device.refreshCookie}` })
    assert.deepEqual(
      [answer.status, ...[COOKIE, REFRESH_COOKIE].map((name) => cookieGiven(answer, name))],
      [503, '', ''],
    )
    latchkey.giveBack()
    for (const dead of [page, device])
      assert.equal((await ask('/welcome', { cookie: dead.cookie })).status, 401)
    await latchkey.deps.endings.retry()
    for (const { sid } of [page, device]) assert.equal((await latchkey.stored(sid)).endReason, 'signed-out')
  })

  test('GET changes nothing', async () => {
    const { ask, beginRemembered, stored } = await openApp()
    const { cookie, sid } = await beginRemembered()
    const answer = await ask('/logout', { as: 'browser', cookie })
    assert.deepEqual([answer.status, answer.setCookies], [200, []])
    assert.equal((await stored(sid)).endedAt, null)
  })
})
