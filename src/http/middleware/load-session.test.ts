import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../../testing.ts'
import { isPage, problemOf } from '../answers.testing.ts'
import { claimsOf, openDevice } from '../device.testing.ts'
import {
  type Answer,
  CLIENTS,
  COOKIE,
  cookieGiven,
  type Latchkey,
  openApp,
  REFRESH_COOKIE,
} from '../requests.testing.ts'

const post = { method: 'POST' } as const
const HOUR = 3600

/** A device that stays signed in, an hour after its last request: a browser has dropped its access token. */
async function afterAnHour() {
  const latchkey = await openApp()
  const session = await latchkey.beginRemembered()
  latchkey.clock.advance(HOUR)
  return { ...latchkey, ...session }
}

/** Both cookies, once each, and those of a session that lives on. */
function assertRenewed(answer: Answer, { sid }: { sid: string }, about = ''): void {
  const ofSession = answer.setCookies.filter((line) => !line.includes('sent-back='))
  assert.equal(ofSession.length, 2, about)
  const [token, refresh] = [cookieGiven(answer, COOKIE), cookieGiven(answer, REFRESH_COOKIE)]
  assert.ok(token && refresh, about)
  assert.equal(claimsOf(token).sid, sid, about)
  assert.ok(refresh.startsWith(`${sid}.`), about)
}

describe('a refresh cookie, where the access token is missing or has expired', () => {
  for (const what of ['missing', 'empty', 'expired'] as const) {
    test(`${what}: GET is served to everybody at once, and both cookies are renewed`, async () => {
      const paths = ['/welcome', '/session', '/sessions', '/account', '/logout']
      for (const path of paths) {
        for (const as of CLIENTS) {
          for (const method of ['GET', 'HEAD']) {
            const { ask, cookie, refreshCookie, ...session } = await afterAnHour()
            const token = { missing: '', empty: `${COOKIE}=; `, expired: `${cookie}; ` }[what]
            const answer = await ask(path, { as, method, cookie: token + refreshCookie })
            assert.equal(answer.status, 200, `${path} ${as}`)
            assertRenewed(answer, session, `${path} ${as}`)
            if (path === '/welcome' && method === 'GET') assert.match(answer.body, /Welcome user1!/)
          }
        }
      }
    })
  }

  test('it signs in by itself: the start leads to the welcome page, and the sign-in page to next', async () => {
    for (const [path, location] of [
      ['/', '/welcome'],
      ['/signin', '/welcome'],
      ['/signin?next=/sessions', '/sessions'],
    ] as const) {
      const { ask, refreshCookie, ...session } = await afterAnHour()
      const answer = await ask(path, { as: 'browser', cookie: refreshCookie })
      assert.deepEqual([answer.status, answer.location], [303, location])
      assertRenewed(answer, session, path)
    }
  })

  test('the page says that this device stays signed in, and counts down by the new token', async () => {
    const { ask, refreshCookie } = await afterAnHour()
    const { body } = await ask('/welcome', { as: 'browser', cookie: refreshCookie })
    assert.match(body, /data-expires-in="300" data-refresh-in="270"[^>]* data-remembered/)
  })

  const good = { username: 'user1', password: GOOD_PASSWORD }
  const forms: [path: string, form: Record<string, string>, browser: string, script: number][] = [
    ['/sessions/SID/end', {}, '/sessions?notice=ended', 200],
    ['/sessions/end-others', {}, '/sessions?notice=others-ended', 200],
    ['/account/confirm', { password: GOOD_PASSWORD, next: '/account/password' }, '/account/password', 200],
    ['/signin', { ...good, next: '/a' }, '/a', 200],
    ['/refresh', {}, '/welcome', 200],
  ]
  for (const [path, form, location, status] of forms) {
    test(`a form sent after an hour's pause is not lost: POST ${path}`, async () => {
      for (const as of CLIENTS) {
        const latchkey = await afterAnHour()
        const device = openDevice(latchkey, {
          as,
          brings: { [REFRESH_COOKIE]: latchkey.refreshToken },
        })
        const other = await latchkey.begin()
        const answer = await device.ask(path.replace('SID', other.sid), { form })
        if (as === 'browser') assert.deepEqual([answer.status, answer.location], [303, location])
        else assert.equal(answer.status, status, answer.body)
        if (path.startsWith('/sessions'))
          assert.equal((await latchkey.stored(other.sid)).endReason, 'ended-elsewhere')
        assert.equal((await device.ask('/welcome')).status, 200)
      }
    })
  }

  test("a new password sent after a pause within its rule's 20 minutes is not lost", async () => {
    const latchkey = await openApp()
    const { refreshToken } = await latchkey.beginRemembered()
    latchkey.clock.advance(20 * 60)
    const device = openDevice(latchkey, { as: 'browser', brings: { [REFRESH_COOKIE]: refreshToken } })
    const form = { current_password: GOOD_PASSWORD, new_password: 'another plain sentence' }
    const answer = await device.ask('/account/password', { form })
    assert.deepEqual([answer.status, answer.location], [303, '/account?notice=password-changed'])
    assert.ok(isPage(await device.ask('/account')))
  })

  test('twenty requests at once all succeed with one refresh cookie, and one refresh token lives', async () => {
    const { ask, refreshCookie, sid, stored, deps } = await afterAnHour()
    const asked = ['/welcome', '/session', '/sessions', '/account'].flatMap((path) =>
      Array.from({ length: 5 }, (_, i) => ask(path, { as: CLIENTS[i % 3] ?? 'curl', cookie: refreshCookie })),
    )
    const answers = await Promise.all(asked)
    for (const answer of answers) {
      assert.equal(answer.status, 200)
      assertRenewed(answer, { sid })
    }
    const refreshed = new Set(answers.map((answer) => cookieGiven(answer, REFRESH_COOKIE)))
    assert.equal(refreshed.size, 1)
    const { refresh, endedAt } = await stored(sid)
    assert.deepEqual([refresh?.rotation, endedAt], [1, null])
    assert.equal((await deps.sessionStore.listLive(deps.clock.now())).length, 1)
    const events = await deps.audit.list({})
    assert.equal(events.filter(({ event }) => event === 'session.refreshed').length, 1)
    // That one is the live one: it renews in turn.
    const [next] = refreshed
    assert.equal((await ask('/session', { cookie: `${REFRESH_COOKIE}=${next}` })).status, 200)
    assert.equal((await stored(sid)).refresh?.rotation, 2)
  })

  test('twenty forms at once are each done, and end nothing but what they name', async () => {
    const { ask, begin, refreshCookie, sid, stored } = await afterAnHour()
    const others = await Promise.all(Array.from({ length: 20 }, () => begin()))
    const answers = await Promise.all(
      others.map((other) => ask(`/sessions/${other.sid}/end`, { ...post, cookie: refreshCookie })),
    )
    for (const answer of answers) assert.equal(answer.status, 200)
    for (const other of others) assert.equal((await stored(other.sid)).endReason, 'ended-elsewhere')
    assert.equal((await stored(sid)).endedAt, null)
  })

  test('names the session, whatever other one the expired access token names: with COOKIE_DOMAIN that may be planted', async () => {
    const latchkey = await openApp()
    const [other, mallory] = [await latchkey.beginRemembered(), await latchkey.beginRemembered('mallory')]
    latchkey.clock.advance(HOUR)
    for (const planted of [mallory.cookie, other.cookie]) {
      const mine = await latchkey.beginRemembered()
      const answer = await latchkey.ask('/welcome', { cookie: `${planted}; ${mine.refreshCookie}` })
      assert.deepEqual([answer.status, answer.body], [200, 'Welcome user1!'])
      assertRenewed(answer, mine)
    }
    for (const { sid } of [other, mallory]) {
      const { endedAt, refresh } = await latchkey.stored(sid)
      assert.deepEqual([endedAt, refresh?.rotation], [null, 0])
    }
  })

  test('lives on while it is used once within 7 d, and not a second longer', async () => {
    const week = 7 * 86_400
    for (const [seconds, status] of [
      [week - 1, 200],
      [week, 401],
      [week + 1, 401],
    ] as const) {
      const latchkey: Latchkey = await openApp()
      const { refreshCookie } = await latchkey.beginRemembered()
      latchkey.clock.advance(seconds)
      const answer = await latchkey.ask('/session', { cookie: refreshCookie })
      assert.equal(answer.status, status, `${seconds}`)
      if (status === 401) assert.deepEqual(problemOf(answer).notice, 'expired')
    }
  })
})
