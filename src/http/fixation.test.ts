import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import { claimsOf } from './device.testing.ts'
import {
  type Answer,
  COOKIE,
  cookieGiven,
  type Latchkey,
  openApp,
  REFRESH_COOKIE,
} from './requests.testing.ts'

/** T10: whatever was there before a sign-in, the session after it is a new one, and nobody else's. */

const good = { username: 'user1', password: GOOD_PASSWORD }

const tokenOf = (answer: Answer) => cookieGiven(answer, COOKIE) ?? ''

const OURS = ['their access token', 'their refresh token', 'both'] as const

/** What an attacker could have put there: their own live session, under our names and under any other. */
async function planted(latchkey: Latchkey) {
  const mallory = await latchkey.beginRemembered('mallory')
  const { token, refreshToken } = mallory
  const ours = {
    'their access token': `${COOKIE}=${token}`,
    'their refresh token': `${REFRESH_COOKIE}=${refreshToken}`,
    both: `${COOKIE}=${token}; ${REFRESH_COOKIE}=${refreshToken}`,
  }
  const others = {
    'other prefixes': `token=${token}; refresh=${refreshToken}; __Secure-token=${token}; __host-token=${token}`,
    'any name': ['sid', 'session', 'connect.sid', 'PHPSESSID', 'JSESSIONID', 'auth']
      .map((name) => `${name}=${token}`)
      .join('; '),
    'texts of their own': `${COOKIE}=chosen.by.mallory; ${REFRESH_COOKIE}=${mallory.sid}.a.b`,
  }
  return { mallory, ours, others }
}

const WAYS: Record<string, (latchkey: Latchkey, cookie: string) => Promise<Answer>> = {
  '/signin': ({ ask }, cookie) => ask('/signin', { form: good, cookie }),
  '/signin, to stay signed in': ({ ask }, cookie) =>
    ask('/signin', { form: { ...good, remember: 'on' }, cookie }),
}

describe('T10, CVE-2022-25896: cookies that were there before a sign-in', () => {
  for (const [way, signIn] of Object.entries(WAYS)) {
    test(`${way}: under our names they are replaced, and the session they belong to is ended`, async () => {
      for (const name of OURS) {
        const latchkey = await openApp()
        await latchkey.addUser()
        const { mallory, ours } = await planted(latchkey)
        const answer = await signIn(latchkey, ours[name])
        const { sid, username } = claimsOf(tokenOf(answer))
        assert.deepEqual([answer.status, username], [200, 'user1'])
        assert.notEqual(sid, mallory.sid)
        // Both cookies are ours now, or gone: nothing of theirs is left to renew anything.
        if (name !== 'their access token' || way !== '/signin') {
          const refresh = cookieGiven(answer, REFRESH_COOKIE)
          assert.ok(way === '/signin' ? refresh === '' : refresh?.startsWith(`${sid}.`), name)
        }
        assert.equal((await latchkey.stored(mallory.sid)).endReason, 'replaced')
        for (const theirs of Object.values(ours))
          assert.equal((await latchkey.ask('/session', { cookie: theirs })).status, 401)
      }
    })

    test(`${way}: under every other name they are nothing, before and after`, async () => {
      const latchkey = await openApp()
      await latchkey.addUser()
      const { mallory, others } = await planted(latchkey)
      for (const [what, cookie] of Object.entries(others)) {
        assert.equal((await latchkey.ask('/session', { cookie })).status, 401, what)
        const answer = await signIn(latchkey, cookie)
        assert.equal(claimsOf(tokenOf(answer)).username, 'user1', what)
        assert.notEqual(claimsOf(tokenOf(answer)).sid, mallory.sid)
      }
      assert.equal((await latchkey.stored(mallory.sid)).endedAt, null)
    })
  }

  test('a session is never begun with an id, a token or a time that the request brings', async () => {
    const latchkey = await openApp()
    await latchkey.addUser()
    const { mallory } = await planted(latchkey)
    const extra = {
      sid: mallory.sid,
      token: mallory.token,
      refresh_token: mallory.refreshToken,
      auth_time: 1,
    }
    const signedIn = await latchkey.ask('/signin', { json: { ...good, ...extra } })
    const pair = JSON.parse((await latchkey.ask('/login', { json: { ...good, ...extra } })).body)
    for (const token of [tokenOf(signedIn), pair.access_token]) {
      const claims = claimsOf(token)
      assert.notEqual(claims.sid, mallory.sid)
      assert.deepEqual([claims.username, claims.auth_time], ['user1', latchkey.clock.now()])
    }
    assert.notEqual(pair.refresh_token.split('.')[0], mallory.sid)
  })

  test('every sign-in has ids of its own: sid, jti, refresh token, salt', async () => {
    const latchkey = await openApp()
    const seen = { sid: new Set(), jti: new Set(), refresh: new Set(), salt: new Set() }
    for (let i = 0; i < 10; i++) {
      const { token, refreshToken, sid } = await latchkey.beginRemembered()
      seen.sid.add(sid)
      seen.jti.add(claimsOf(token).jti)
      seen.refresh.add(refreshToken.split('.')[1])
      seen.salt.add((await latchkey.stored(sid)).refresh?.salt)
    }
    assert.deepEqual(
      Object.values(seen).map(({ size }) => size),
      [10, 10, 10, 10],
    )
  })
})

describe('a sign-in on a device', () => {
  test('ends every session that one of its cookies names, so that none is left that nobody can sign out of', async () => {
    for (const way of Object.values(WAYS)) {
      const latchkey = await openApp()
      const [page, one, two, displaced] = [
        await latchkey.begin(),
        await latchkey.beginRemembered(),
        await latchkey.beginRemembered(),
        await latchkey.beginRemembered(),
      ]
      const next = cookieGiven(
        await latchkey.ask('/session', { cookie: displaced.refreshCookie }),
        REFRESH_COOKIE,
      )
      await latchkey.ask('/session', { cookie: `${REFRESH_COOKIE}=${next}` })
      for (const [cookie, ended] of [
        [`${page.cookie}; ${one.refreshCookie}`, [page, one]],
        [`${COOKIE}=x; ${two.refreshCookie}`, [two]],
        [`${COOKIE}=x; ${displaced.refreshCookie}; ${REFRESH_COOKIE}=y`, [displaced]],
      ] as const) {
        assert.equal((await way(latchkey, cookie)).status, 200)
        for (const { sid } of ended) assert.equal((await latchkey.stored(sid)).endReason, 'replaced')
      }
    }
  })
})

describe('T10: signing in as B while A is signed in on the device', () => {
  for (const [what, brings] of [
    ['an access token', ({ cookie }: { cookie: string }) => cookie],
    ['a refresh cookie alone', ({ refreshCookie }: { refreshCookie: string }) => refreshCookie],
    ['both', (a: { cookie: string; refreshCookie: string }) => `${a.cookie}; ${a.refreshCookie}`],
  ] as const) {
    for (const remember of [false, true]) {
      test(`with ${what} of A, ${remember ? 'to stay' : 'for now'}: only B is, and A is signed out here`, async () => {
        for (const pause of [0, 3600]) {
          const latchkey = await openApp()
          await latchkey.addUser('user2')
          const [a, elsewhere] = [await latchkey.beginRemembered(), await latchkey.beginRemembered()]
          latchkey.clock.advance(pause)
          const json = { ...good, username: 'user2', remember }
          const answer = await latchkey.ask('/signin', { json, cookie: brings(a) })
          assert.equal(JSON.parse(answer.body).username, 'user2')
          const refresh = cookieGiven(answer, REFRESH_COOKIE)
          const sent = `${COOKIE}=${tokenOf(answer)}${refresh ? `; ${REFRESH_COOKIE}=${refresh}` : ''}`
          assert.equal((await latchkey.ask('/welcome', { cookie: sent })).body, 'Welcome user2!')
          // An access token that has expired names nobody any more; its refresh cookie did.
          if (what === 'an access token' && pause > 0) continue
          assert.equal((await latchkey.stored(a.sid)).endReason, 'replaced')
          for (const dead of [a.cookie, a.refreshCookie])
            assert.equal((await latchkey.ask('/session', { cookie: dead })).status, 401)
          assert.ok(await latchkey.isLive(elsewhere.refreshCookie))
        }
      })
    }
  }
})
