import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../../testing.ts'
import { isPage, refusalOf } from '../answers.testing.ts'
import { type Device, openDevice } from '../device.testing.ts'
import { type Client, type Latchkey, openApp } from '../requests.testing.ts'

const MINUTE = 60
const CHALLENGE = 'Bearer realm="latchkey", error="insufficient_user_authentication", max_age=1200'
const form = { current_password: 'not the password at all', new_password: 'another plain sentence' }

/** A device whose sign-in is so many seconds old, renewed on the way. */
async function signedInFor(seconds: number, as: Client): Promise<Latchkey & { device: Device }> {
  const latchkey = await openApp()
  await latchkey.addUser()
  const device = openDevice(latchkey, { as })
  await device.signIn({ remember: true })
  latchkey.clock.advance(seconds)
  return { ...latchkey, device }
}

describe('what needs a fresh sign-in', () => {
  for (const [seconds, isFresh] of [
    [0, true],
    [20 * MINUTE - 1, true],
    [20 * MINUTE, true],
    [20 * MINUTE + 1, false],
    [86_400, false],
  ] as const) {
    test(`after ${seconds} s: a browser ${isFresh ? 'goes on' : 'is asked for the password, and comes back'}`, async () => {
      for (const method of ['GET', 'POST']) {
        const { device } = await signedInFor(seconds, 'browser')
        const asked = method === 'POST' ? { form } : {}
        const answer = await device.ask('/account/password', asked)
        if (isFresh) assert.deepEqual([answer.status, isPage(answer)], [method === 'GET' ? 200 : 422, true])
        else
          assert.deepEqual(
            [answer.status, answer.location],
            [303, '/account/confirm?next=%2Faccount%2Fpassword'],
          )
      }
    })

    test(`after ${seconds} s: a script ${isFresh ? 'goes on' : 'is told to sign in again (RFC 9470)'}`, async () => {
      for (const as of ['curl', 'json'] as const) {
        for (const carrier of ['cookie', 'bearer']) {
          const { ask, device } = await signedInFor(seconds, as)
          await device.ask('/session')
          const credentials = carrier === 'cookie' ? {} : { bearer: device.value('token') ?? '' }
          const answer =
            carrier === 'cookie'
              ? await device.ask('/account/password', { form })
              : await ask('/account/password', { as, form, ...credentials })
          if (isFresh) assert.deepEqual(refusalOf(answer), [422, 'wrong_password'])
          else {
            assert.deepEqual(refusalOf(answer), [401, 'sign_in_too_old'])
            assert.equal(answer.headers.get('www-authenticate'), CHALLENGE)
          }
          assert.deepEqual(answer.setCookies, [])
        }
      }
    })
  }

  test('being renewed is no sign-in: it is asked for all the same', async () => {
    const { device, clock } = await signedInFor(0, 'browser')
    for (let minute = 0; minute < 24; minute += 4) {
      clock.advance(4 * MINUTE + 40)
      assert.equal((await device.ask('/refresh', { method: 'POST' })).status, 303)
    }
    assert.equal(
      (await device.ask('/account/password')).location,
      '/account/confirm?next=%2Faccount%2Fpassword',
    )
  })

  test('asked for the password and given it, a browser is where it wanted to be', async () => {
    const { device } = await signedInFor(86_400, 'browser')
    const asked = await device.ask('/account/password')
    const page = await device.ask(asked.location ?? '')
    const [, next = ''] = /<input type="hidden" name="next" value="([^"]*)">/.exec(page.body) ?? []
    const confirmed = await device.ask('/account/confirm', { form: { password: GOOD_PASSWORD, next } })
    assert.deepEqual([confirmed.status, confirmed.location], [303, '/account/password'])
    assert.equal((await device.ask('/account/password')).status, 200)
  })
})
