import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../testing.ts'
import { isPage, refusalOf } from './answers.testing.ts'
import { openDevice } from './device.testing.ts'
import { CLIENTS, COOKIE, cookieGiven, openApp, REFRESH_COOKIE } from './requests.testing.ts'

const DAY = 86_400
const good = { username: 'user1', password: GOOD_PASSWORD }

const HTTP = { publicUrl: 'http://localhost:8000', tokenAudiences: ['http://localhost:8000'] }
const SHARED = { publicUrl: 'https://auth.example.test', cookieDomain: 'example.test' }

const app = await openApp()
await app.addUser()

describe('without "Stay signed in on this device"', () => {
  test('there is no refresh cookie and no refresh token, however it is not asked for', async () => {
    for (const as of CLIENTS) {
      for (const remember of [undefined, false, 'false']) {
        const { setCookies } = await app.ask('/signin', { as, json: { ...good, remember } })
        assert.deepEqual([setCookies.length, setCookies[0]?.startsWith(`${COOKIE}=ey`)], [1, true])
      }
      assert.equal((await app.ask('/signin', { as, form: good })).setCookies.length, 1)
    }
    const live = await app.deps.sessionStore.listLive(START)
    assert.ok(live.length > 0 && live.every(({ refresh }) => refresh === null))
  })

  test('nothing outlives the access token: from its exp on, no route renews it', async () => {
    for (const [seconds, status] of [
      [299, 200],
      [300, 401],
    ] as const) {
      const latchkey = await openApp()
      await latchkey.addUser()
      const answer = await latchkey.ask('/signin', { form: good })
      // As a jar that ignores Max-Age sends it.
      const cookie = answer.setCookies.map((line) => line.split(';')[0]).join('; ')
      latchkey.clock.advance(seconds)
      assert.equal((await latchkey.ask('/session', { cookie })).status, status)
      assert.equal((await latchkey.ask('/refresh', { method: 'POST', cookie })).status, status)
    }
  })

  test('setting up the first account does not remember either', async () => {
    const latchkey = await openApp()
    const code = await latchkey.deps.setup.open()
    const answer = await latchkey.ask('/setup', { json: { ...good, code, remember: true } })
    assert.deepEqual([answer.status, answer.setCookies.length], [200, 1])
  })
})

describe('with "Stay signed in on this device"', () => {
  const ticked = {
    'a form with on': { form: { ...good, remember: 'on' } },
    'JSON with true': { json: { ...good, remember: true } },
  }
  for (const [way, asked] of Object.entries(ticked)) {
    test(`${way} gets the refresh cookie: HttpOnly, Lax, of this host, to the absolute end`, async () => {
      for (const as of CLIENTS) {
        const answer = await app.ask('/signin', { as, ...asked })
        assert.equal(answer.status, as === 'browser' ? 303 : 200)
        const [token = '', refresh = '', ...more] = answer.setCookies
        assert.match(token, /^__Host-token=ey[\w.-]+; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
        assert.match(
          refresh,
          /^__Host-refresh=[\w.-]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
        )
        assert.deepEqual(more, [])
        if (as !== 'browser')
          assert.deepEqual(JSON.parse(answer.body), {
            ...{ username: 'user1', expires_at: START + 300, refresh_from: START + 270 },
          })
      }
    })
  }

  test('the box is there and not ticked, and ticked again where a sign-in was refused', async () => {
    const page = await app.ask('/signin', { as: 'browser' })
    assert.match(page.body, /<input type="checkbox" name="remember" value="on"(?![^>]* checked)[^>]*>/)
    const form = { ...good, password: 'wrong', remember: 'on' }
    const refused = await app.ask('/signin', { as: 'browser', form })
    assert.match(refused.body, /name="remember" value="on"[^>]* checked/)
    assert.deepEqual(refused.setCookies, [])
  })

  for (const remember of ['yes', 'ON', '', '1', 1, 0, null, [], ['on'], {}]) {
    test(`remember as ${JSON.stringify(remember)} is 400, and nobody is signed in`, async () => {
      const answer = await app.ask('/signin', { json: { ...good, remember } })
      assert.deepEqual([refusalOf(answer), answer.setCookies], [[400, 'bad_body'], []])
      if (typeof remember !== 'string') return
      const page = await app.ask('/signin', { as: 'browser', form: { ...good, remember } })
      assert.deepEqual([page.status, isPage(page), page.setCookies], [400, true, []])
    })
  }

  for (const [mode, overrides, names] of [
    ['http on loopback', HTTP, ['token', 'refresh']],
    ['COOKIE_DOMAIN', SHARED, ['__Secure-token', '__Host-refresh']],
  ] as const) {
    test(`${mode}: ${names.join(' and ')}, renewed and cleared as they were set; the refresh cookie is host-only`, async () => {
      const latchkey = await openApp(overrides)
      await latchkey.addUser()
      const device = openDevice(latchkey)
      const signedIn = await device.signIn({ remember: true })
      latchkey.clock.advance(3600)
      const renewed = await device.ask('/session')
      const out = await device.ask('/logout', { method: 'POST' })
      const attributes = (line: string) =>
        line
          .split('; ')
          .slice(1)
          .filter((part) => !/^(Max-Age|Expires)=/.test(part))
      for (const { setCookies } of [signedIn, renewed, out]) {
        assert.deepEqual(setCookies.map((line) => line.slice(0, line.indexOf('='))).sort(), [...names].sort())
        // `ask` has judged Path, HttpOnly, Secure and SameSite.
        const isShared = (line: string) => / Domain=/.test(line)
        assert.deepEqual(
          setCookies.filter(isShared).map((line) => line.slice(0, line.indexOf('='))),
          mode === 'COOKIE_DOMAIN' ? ['__Secure-token'] : [],
        )
        assert.deepEqual(
          setCookies.flatMap(attributes).sort(),
          signedIn.setCookies.flatMap(attributes).sort(),
        )
      }
      assert.equal(device.cookies(), undefined)
    })
  }

  for (const [days, maxAge] of [
    [399, 399 * DAY],
    [400, 400 * DAY],
    [401, 400 * DAY],
    [500, 400 * DAY],
  ] as const) {
    test(`REMEMBER_MAX_AGE of ${days} d: the cookie says ${maxAge / DAY} d, which is the most that browsers keep`, async () => {
      const latchkey = await openApp({ rememberMaxAgeSeconds: days * DAY, refreshTtlSeconds: days * DAY })
      await latchkey.addUser()
      const answer = await openDevice(latchkey).signIn({ remember: true })
      assert.equal(answer.status, 200)
      assert.match(answer.setCookies[1] ?? '', new RegExp(`; Max-Age=${maxAge};`))
    })
  }

  test('each renewal leaves the cookie the rest of the time to the absolute end', async () => {
    const latchkey = await openApp()
    await latchkey.addUser()
    const device = openDevice(latchkey)
    await device.signIn({ remember: true })
    for (const day of [6, 12, 18, 24, 29]) {
      latchkey.clock.advance(START + day * DAY - latchkey.clock.now())
      const { status, setCookies } = await device.ask('/session')
      assert.equal(status, 200)
      assert.match(
        setCookies.join('\n'),
        new RegExp(`^__Host-refresh=[^;]+; Max-Age=${(30 - day) * DAY};`, 'm'),
      )
    }
    latchkey.clock.advance(DAY - 1)
    assert.match((await device.ask('/session')).setCookies.join('\n'), /^__Host-token=[^;]+; Max-Age=1;/m)
    latchkey.clock.advance(1)
    // The cookie has reached its Max-Age with it.
    assert.equal(device.cookies(), undefined)
    assert.equal((await device.ask('/session')).status, 401)
  })
})

describe('signing in on a device that stays signed in', () => {
  for (const remember of [false, true]) {
    test(`${remember ? 'with' : 'without'} the tick ends the session of before as replaced${remember ? '' : ', and clears the refresh cookie'}`, async () => {
      for (const pause of [0, 200, 3600]) {
        const latchkey = await openApp()
        await latchkey.addUser()
        const device = openDevice(latchkey)
        await device.signIn({ remember: true })
        const [before, refresh] = [device.sid(), device.value('refresh')]
        latchkey.clock.advance(pause)
        const answer = await device.signIn({ remember })
        assert.equal(answer.status, 200)
        assert.notEqual(device.sid(), before)
        assert.equal((await latchkey.stored(before)).endReason, 'replaced', `${pause}`)
        const given = cookieGiven(answer, REFRESH_COOKIE)
        if (remember) assert.ok(given && given !== refresh)
        else assert.equal(given, '')
        const old = await latchkey.ask('/session', { cookie: `${REFRESH_COOKIE}=${refresh}` })
        assert.equal(old.status, 401)
        latchkey.clock.advance(301)
        assert.equal((await device.ask('/session')).status, remember ? 200 : 401)
      }
    })
  }

  test('a sign-in that is refused leaves it signed in, also after a pause', async () => {
    for (const pause of [0, 3600]) {
      const latchkey = await openApp()
      await latchkey.addUser()
      const device = openDevice(latchkey)
      await device.signIn({ remember: true })
      const sid = device.sid()
      latchkey.clock.advance(pause)
      assert.equal((await device.signIn({ password: 'wrong' })).status, 401)
      assert.deepEqual([(await device.ask('/session')).status, device.sid()], [200, sid])
    }
  })
})
