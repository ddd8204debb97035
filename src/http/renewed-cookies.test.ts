import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createApp } from '../app.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { assertAnswer, problemOf, refusalOf } from './answers.testing.ts'
import { fateOf, openDevice } from './device.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { openApp, REFRESH_COOKIE, toAnswer, toRequest } from './requests.testing.ts'

const HOUR = 3600
const LEFT = ['left alone', 'left alone']
const SET = ['set', 'set']

/** A device that stays signed in, an hour after its last request. */
async function openWithDevice() {
  const latchkey = await openApp()
  const device = await latchkey.beginRemembered()
  latchkey.clock.advance(HOUR)
  return { ...latchkey, device }
}

describe('a refresh cookie that was displaced', () => {
  test('ends the session as reuse: 401 and 303 with the notice, both cookies cleared, told in the audit log', async () => {
    for (const as of ['curl', 'json', 'browser'] as const) {
      const { device, ...latchkey } = await openWithDevice()
      const brings = { [REFRESH_COOKIE]: device.refreshToken }
      const [owner, thief] = [openDevice(latchkey, { as, brings }), openDevice(latchkey, { as, brings })]
      for (const _ of [1, 2]) {
        latchkey.clock.advance(HOUR)
        assert.equal((await owner.ask('/welcome')).status, 200)
      }
      const answer = await thief.ask('/welcome')
      assert.deepEqual(fateOf(answer), ['cleared', 'cleared'])
      if (as === 'browser') {
        assert.deepEqual([answer.status, answer.location], [303, '/signin?next=%2Fwelcome&notice=reuse'])
        assert.match(
          (await thief.ask(answer.location ?? '')).body,
          /For your safety this device was signed out/,
        )
      } else
        assert.deepEqual([...refusalOf(answer), problemOf(answer).notice], [401, 'session_ended', 'reuse'])
      // At once, with the access token it was just given.
      const betrayed = await owner.ask('/session', { as: 'json' })
      assert.deepEqual([betrayed.status, problemOf(betrayed).notice], [401, 'reuse'])
      assert.equal((await latchkey.stored(device.sid)).endReason, 'reuse')
      const events = (await latchkey.deps.audit.list({})).filter(({ sid }) => sid === device.sid)
      assert.deepEqual(
        events.map(({ event, reason }) => [event, reason]).filter(([event]) => event !== 'session.refreshed'),
        [
          ['refresh.reuse_detected', null],
          ['session.ended', 'reuse'],
          ['sign_in.succeeded', null],
        ],
      )
    }
  })
})

describe('what becomes of the renewed cookies', () => {
  test('a late answer to the cookies of before a sign-in or a new password does not wipe those of after it', async () => {
    const again = { username: 'user1', password: GOOD_PASSWORD }
    const change = { current_password: GOOD_PASSWORD, new_password: 'another plain sentence' }
    for (const [path, form] of [
      ['/signin', again],
      ['/account/confirm', { password: GOOD_PASSWORD }],
      ['/account/password', change],
    ] as const) {
      const latchkey = await openApp()
      await latchkey.addUser()
      const device = openDevice(latchkey)
      await device.signIn({ remember: true })
      const [before, refresh] = [device.cookies(), `${REFRESH_COOKIE}=${device.value('refresh')}`]
      assert.equal((await device.ask(path, { form })).status, 200)
      for (const as of ['curl', 'browser'] as const) {
        for (const cookie of [before, refresh]) {
          const late = await latchkey.ask('/welcome', { as, cookie })
          assert.deepEqual([late.status, ...fateOf(late)], [as === 'curl' ? 401 : 303, ...LEFT], path)
        }
      }
      assert.equal((await device.ask('/welcome')).status, 200)
    }
  })

  test('an answer that refuses for another reason still carries them: 404, 422, 400', async () => {
    for (const [path, asked, status] of [
      ['/sessions/no-such-session/end', { method: 'POST' }, 404],
      ['/account/confirm', { form: { password: 'wrong' } }, 422],
      ['/account/confirm', { form: {} }, 400],
      ['/account/confirm', { body: 'x' }, 415],
    ] as const) {
      const { device, ask } = await openWithDevice()
      const answer = await ask(path, { ...asked, cookie: device.refreshCookie })
      assert.deepEqual([answer.status, ...fateOf(answer)], [status, ...SET], path)
    }
  })

  test('so does that of a handler that fails: the token of before is displaced already', async () => {
    for (const [error, status] of [
      [new TypeError('broken'), 500],
      [new StoreUnavailable('gone'), 503],
    ] as const) {
      const { device, deps } = await openWithDevice()
      const list = () => Promise.reject(error)
      const app = createApp({ ...deps, devices: { ...deps.devices, list } })
      const asked = { cookie: device.refreshCookie }
      const answer = await toAnswer(await app.request('/sessions', toRequest(asked)))
      assertAnswer(answer, deps.config, '/sessions', asked)
      assert.deepEqual([answer.status, ...fateOf(answer)], [status, ...SET])
    }
  })

  test('with the store down nothing is renewed: 503, the cookies are left alone, and good again afterwards', async () => {
    const latchkey = await openAppOnDisk()
    const { ask, beginRemembered, clock, takeAway, giveBack } = latchkey
    const { cookie, refreshCookie } = await beginRemembered()
    clock.advance(HOUR)
    takeAway()
    for (const sent of [refreshCookie, `${cookie}; ${refreshCookie}`]) {
      for (const as of ['browser', 'json'] as const) {
        for (const method of ['GET', 'POST']) {
          const answer = await ask(method === 'GET' ? '/welcome' : '/refresh', { as, method, cookie: sent })
          assert.deepEqual([answer.status, ...fateOf(answer)], [503, ...LEFT])
        }
      }
    }
    giveBack()
    const answer = await ask('/welcome', { cookie: `${cookie}; ${refreshCookie}` })
    assert.deepEqual([answer.status, ...fateOf(answer)], [200, ...SET])
  })
})
