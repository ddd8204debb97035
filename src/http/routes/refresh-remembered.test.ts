import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START } from '../../testing.ts'
import { problemOf, refusalOf } from '../answers.testing.ts'
import { claimsOf, fateOf } from '../device.testing.ts'
import {
  CLIENTS,
  COOKIE,
  cookieGiven,
  FROM_TEST,
  openApp,
  PUBLIC_URL,
  REFRESH_COOKIE,
} from '../requests.testing.ts'

const post = { method: 'POST' } as const
const DAY = 86_400
const LEFT = ['left alone', 'left alone']
const SET = ['set', 'set']

async function remembered(seconds: number) {
  const latchkey = await openApp()
  const session = await latchkey.beginRemembered()
  latchkey.clock.advance(seconds)
  return { ...latchkey, ...session, both: `${session.cookie}; ${session.refreshCookie}` }
}

describe('POST /refresh on a device that stays signed in', () => {
  for (const { left, status } of [
    { left: 300, status: 400 },
    { left: 31, status: 400 },
    { left: 30, status: 200 },
    { left: 1, status: 200 },
  ]) {
    test(`with ${left} s left: ${status}, and ${status === 400 ? 'both cookies are left alone' : 'both are new'}`, async () => {
      const { ask, both, sid, stored, refreshCookie } = await remembered(300 - left)
      const answer = await ask('/refresh', { ...post, cookie: both })
      const isRenewed = status === 200
      assert.deepEqual([answer.status, ...fateOf(answer)], [status, ...(isRenewed ? SET : LEFT)])
      assert.equal((await stored(sid)).refresh?.rotation, isRenewed ? 1 : 0)
      if (isRenewed) return
      assert.deepEqual(refusalOf(answer), [400, 'too_early'])
      assert.equal((await ask('/session', { cookie: refreshCookie })).status, 200)
    })
  }

  test('a stolen access token alone is not made to live on, in its window or out of it', async () => {
    for (const seconds of [270, 299, 300]) {
      const { ask, cookie, sid, stored } = await remembered(seconds)
      const before = await stored(sid)
      for (const as of CLIENTS) {
        const answer = await ask('/refresh', { ...post, as, cookie })
        assert.deepEqual([answer.status, ...fateOf(answer)], [401, 'cleared', 'left alone'])
      }
      assert.deepEqual({ ...(await stored(sid)), lastSeenAt: START }, before)
    }
  })

  test('a displaced refresh cookie beside a token in its window is reuse', async () => {
    const { ask, refreshCookie, both, sid, stored, clock } = await remembered(0)
    const next = cookieGiven(await ask('/session', { cookie: refreshCookie }), REFRESH_COOKIE)
    await ask('/session', { cookie: `${REFRESH_COOKIE}=${next}` })
    clock.advance(280)
    const answer = await ask('/refresh', { ...post, cookie: both })
    assert.deepEqual(
      [answer.status, problemOf(answer).notice, ...fateOf(answer)],
      [401, 'reuse', 'cleared', 'cleared'],
    )
    assert.equal((await stored(sid)).endReason, 'reuse')
  })

  for (const [what, late] of [
    ['at its exp', 300],
    ['an hour later', 3600],
    ['six days later', 6 * DAY],
  ] as const) {
    test(`with the token expired, ${what}: the refresh cookie does it, and both are new`, async () => {
      for (const as of CLIENTS) {
        for (const sent of ['both', 'refreshCookie'] as const) {
          const { ask, sid, stored, refreshToken, ...cookies } = await remembered(late)
          const headers = { referer: `${PUBLIC_URL}/sessions` }
          const answer = await ask('/refresh', { ...post, as, cookie: cookies[sent], headers })
          if (as === 'browser') assert.deepEqual([answer.status, answer.location], [303, '/sessions'])
          else {
            assert.equal(answer.status, 200)
            const expires_at = START + late + 300
            assert.deepEqual(JSON.parse(answer.body), {
              ...{ username: 'user1', expires_at, refresh_from: expires_at - 30 },
            })
          }
          assert.equal(answer.setCookies.length, 2)
          const { sid: is, auth_time } = claimsOf(cookieGiven(answer, COOKIE) ?? '')
          assert.deepEqual([is, auth_time], [sid, START])
          assert.notEqual(cookieGiven(answer, REFRESH_COOKIE), refreshToken)
          assert.equal((await stored(sid)).refresh?.rotation, 1)
        }
      }
    })
  }

  test('renewing in the window moves the idle end of the refresh token', async () => {
    const { ask, both, sid, stored } = await remembered(280)
    assert.equal((await stored(sid)).expiresAt, START + 7 * DAY)
    await ask('/refresh', { ...post, cookie: both })
    assert.equal((await stored(sid)).expiresAt, START + 280 + 7 * DAY)
  })

  test('a session that is over is 401 with the reason; a browser gets the sign-in page, and both cookies go', async () => {
    for (const as of ['json', 'browser'] as const) {
      const { ask, deps, sid, refreshCookie } = await remembered(3600)
      await deps.endings.one(sid, 'ended-elsewhere', FROM_TEST)
      const answer = await ask('/refresh', { ...post, as, cookie: refreshCookie })
      assert.equal(answer.status, 401)
      if (as === 'browser') assert.match(answer.body, /This device was signed out from somewhere else/)
      else assert.equal(problemOf(answer).notice, 'ended-elsewhere')
      assert.deepEqual([cookieGiven(answer, COOKIE), cookieGiven(answer, REFRESH_COOKIE)], ['', ''])
    }
  })

  test('ended behind the back of this node, in its window: 401, and both cookies go', async () => {
    const { ask, both, sid, deps } = await remembered(280)
    await deps.revocations.poll()
    await deps.sessionStore.end(sid, 'ended-by-operator', START + 280)
    const answer = await ask('/refresh', { ...post, cookie: both })
    assert.deepEqual(refusalOf(answer), [401, 'session_ended'])
    assert.deepEqual([cookieGiven(answer, COOKIE), cookieGiven(answer, REFRESH_COOKIE)], ['', ''])
  })

  test('a refresh cookie beside a session that was not remembered is none of its own, and goes', async () => {
    const { ask, begin, clock } = await openApp()
    const { cookie } = await begin()
    clock.advance(280)
    const answer = await ask('/refresh', { ...post, cookie: `${cookie}; ${REFRESH_COOKIE}=x` })
    assert.deepEqual([answer.status, cookieGiven(answer, REFRESH_COOKIE)], [200, ''])
  })
})
