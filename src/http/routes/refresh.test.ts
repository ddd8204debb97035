import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START } from '../../testing.ts'
import { isPage, problemOf } from '../answers.testing.ts'
import { CLIENTS, COOKIE, FROM_TEST, openApp, PUBLIC_URL } from '../requests.testing.ts'

const refresh = { method: 'POST' } as const
const EXP = START + 300

async function signedIn(seconds = 0) {
  const app = await openApp()
  const { cookie, token } = await app.begin()
  app.clock.advance(seconds)
  return { ...app, cookie, token }
}

describe('POST /refresh', () => {
  const boundary = [
    { left: 300, status: 400 },
    { left: 31, status: 400 },
    { left: 30, status: 200 },
    { left: 1, status: 200 },
    { left: 0, status: 401 },
    { left: -1, status: 401 },
  ]
  for (const { left, status } of boundary) {
    test(`answers ${status} with ${left} s left`, async () => {
      const { ask, cookie } = await signedIn(300 - left)
      const answer = await ask('/refresh', { ...refresh, cookie })
      assert.equal(answer.status, status)
      if (status === 400) {
        const { code, refresh_from } = problemOf(answer)
        assert.deepEqual([code, refresh_from], ['too_early', EXP - 30])
        assert.equal(answer.headers.get('retry-after'), String(left - 30))
        assert.deepEqual(answer.setCookies, [])
      }
      if (status === 200) {
        const now = EXP - left
        const { refresh_from, expires_at, username } = JSON.parse(answer.body)
        assert.deepEqual([username, expires_at, refresh_from], ['user1', now + 300, now + 270])
        assert.match(answer.setCookies.join(), /^__Host-token=ey.*; Max-Age=300;/)
      }
      if (status === 401) {
        const { code, notice } = problemOf(answer)
        assert.deepEqual([code, notice], ['expired_token', 'expired'])
        assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0;/)
      }
    })
  }

  test('too early, it changes nothing: the cookie stays good for just as long', async () => {
    const { ask, isLive, cookie, clock, deps } = await signedIn(100)
    const { sid } = JSON.parse((await ask('/session', { cookie })).body)
    const before = await deps.sessionStore.find(sid)
    await ask('/refresh', { ...refresh, cookie })
    assert.deepEqual(await deps.sessionStore.find(sid), before)
    clock.advance(199)
    assert.ok(await isLive(cookie))
    clock.advance(1)
    assert.ok(!(await isLive(cookie)))
  })

  test('keeps the session and its sign-in time, and stops at the absolute end (ASVS 7.3.2)', async () => {
    const { ask, cookie: first, clock, deps } = await signedIn()
    let cookie = first
    const claimsOf = (pair: string) =>
      JSON.parse(Buffer.from(pair.split('.')[1] ?? '', 'base64url').toString())
    let renewals = 0
    for (;;) {
      clock.advance(claimsOf(cookie).exp - 1 - deps.clock.now())
      const answer = await ask('/refresh', { ...refresh, cookie })
      if (answer.status !== 200) break
      const next = answer.setCookies[0]?.split(';')[0] ?? ''
      const [was, is] = [claimsOf(cookie), claimsOf(next)]
      assert.deepEqual([is.sid, is.auth_time], [was.sid, START])
      assert.notEqual(is.jti, was.jti)
      assert.ok(is.exp <= START + 12 * 3600)
      if (is.exp === was.exp) break
      cookie = next
      renewals++
    }
    assert.ok(renewals > 140, `${renewals}`)
    clock.advance(1)
    assert.equal(deps.clock.now(), START + 12 * 3600)
    for (const path of ['/refresh', '/welcome']) {
      assert.equal((await ask(path, { method: path === '/refresh' ? 'POST' : 'GET', cookie })).status, 401)
    }
  })

  test('sends the form of a browser back to where it came from, and only there (303)', async () => {
    const came: [referer: string | undefined, location: string][] = [
      [`${PUBLIC_URL}/a/b?c=d`, '/a/b?c=d'],
      [`${PUBLIC_URL}/welcome#x`, '/welcome'],
      [undefined, '/welcome'],
      ['https://evil.test/a', '/welcome'],
      [`${PUBLIC_URL}.evil.test/a`, '/welcome'],
      [`${PUBLIC_URL}//evil.test/a`, '/welcome'],
      ['http://auth.example.test/a', '/welcome'],
      ['not an address', '/welcome'],
    ]
    for (const [referer, location] of came) {
      const { ask, cookie } = await signedIn(280)
      const answer = await ask('/refresh', {
        ...refresh,
        as: 'browser',
        cookie,
        ...(referer !== undefined && { headers: { referer } }),
      })
      assert.deepEqual([answer.status, answer.location], [303, location], `${referer}`)
      assert.equal(answer.setCookies.length, 1)
    }
  })

  test('gives a browser whose session is over the sign-in page, with the reason and the way back', async () => {
    const { ask, cookie } = await signedIn(300)
    const headers = { referer: `${PUBLIC_URL}/a?b=c` }
    const answer = await ask('/refresh', { ...refresh, as: 'browser', cookie, headers })
    assert.equal(answer.status, 401)
    assert.ok(isPage(answer))
    assert.match(answer.body, /Your sign-in expired/)
    assert.match(answer.body, /name="next" value="\/a\?b=c"/)
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
  })

  test('refuses no token, a malformed one and a bad one with 401, whoever asks', async () => {
    const { ask, token } = await signedIn(280)
    const forged = `${token.slice(0, -86)}${'A'.repeat(86)}`
    for (const cookie of [undefined, `${COOKIE}=x`, `${COOKIE}=${forged}`, `${COOKIE}=`]) {
      for (const as of CLIENTS) {
        const answer = await ask('/refresh', { ...refresh, as, cookie })
        assert.equal(answer.status, 401, `${as} ${cookie}`)
        assert.ok(!answer.setCookies.some((line) => !line.includes('=; Max-Age=0')))
      }
    }
  })

  test('refuses a session that was ended, also behind the back of this node, and clears the cookie', async () => {
    const { ask, cookie, deps } = await signedIn(280)
    const { sid } = JSON.parse((await ask('/session', { cookie })).body)
    // Straight into the store, as the command line does it: the next poll has not come yet.
    await deps.sessionStore.end(sid, 'ended-by-operator', START + 280)
    const answer = await ask('/refresh', { ...refresh, cookie })
    assert.deepEqual([answer.status, problemOf(answer).code], [401, 'session_ended'])
    assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0;/)
  })

  test('T5, GHSA-2vg6-77g8-24mp: refuses a user who was disabled or deleted a moment ago', async () => {
    for (const end of ['disable', 'delete'] as const) {
      const { ask, cookie, deps } = await signedIn(280)
      const user = await deps.accounts.findByName('user1')
      assert.ok(user)
      if (end === 'disable') await deps.accounts.change(user, { status: 'disabled' }, FROM_TEST)
      else await deps.accounts.delete(user, FROM_TEST)
      assert.equal((await ask('/refresh', { ...refresh, cookie })).status, 401, end)
      assert.equal((await ask('/welcome', { cookie })).status, 401, end)
    }
  })

  test('names the right address to a good Bearer token (400), and refuses a bad one (401)', async () => {
    const { ask, cookie, token } = await signedIn(280)
    for (const also of [undefined, cookie]) {
      const good = await ask('/refresh', { ...refresh, bearer: token, cookie: also })
      assert.deepEqual([good.status, problemOf(good).code], [400, 'bearer_refresh'])
      assert.match(good.body, /\/token\/refresh/)
      const bad = await ask('/refresh', { ...refresh, bearer: 'x', cookie: also })
      assert.deepEqual([bad.status, problemOf(bad).code], [401, 'invalid_token'])
      assert.deepEqual([good.setCookies, bad.setCookies], [[], []])
    }
  })

  test('two at once are both answered, for one session (parallel tabs)', async () => {
    const { ask, cookie } = await signedIn(280)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask('/refresh', { ...refresh, cookie })),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  })

  test('GET is 405 and renews nothing', async () => {
    const { ask, cookie } = await signedIn(280)
    const answer = await ask('/refresh', { cookie })
    assert.deepEqual([answer.status, answer.headers.get('allow'), answer.setCookies], [405, 'POST', []])
  })
})
