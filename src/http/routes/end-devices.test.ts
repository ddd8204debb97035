import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '../../lib/ids.ts'
import { isPage, problemOf, refusalOf } from '../answers.testing.ts'
import { openDevice } from '../device.testing.ts'
import { CLIENTS, COOKIE, cookieGiven, type Latchkey, openApp, REFRESH_COOKIE } from '../requests.testing.ts'

const post = { method: 'POST' } as const

async function openWithDevices() {
  const latchkey = await openApp()
  await latchkey.addUser()
  await latchkey.addUser('user2')
  const laptop = openDevice(latchkey, { as: 'browser' })
  const phone = openDevice(latchkey, { as: 'browser' })
  await laptop.signIn()
  await phone.signIn({ remember: true })
  return { ...latchkey, laptop, phone }
}

const endedBecause = async ({ stored }: Pick<Latchkey, 'stored'>, sid: string) =>
  (await stored(sid)).endReason

describe('POST /sessions/:sid/end', () => {
  test('ends that device at once: its next request is 401, or the sign-in page that says so and leads back', async () => {
    const { laptop, phone, ask, stored, ...latchkey } = await openWithDevices()
    const sid = phone.sid()
    const answer = await laptop.ask(`/sessions/${sid}/end`, post)
    assert.deepEqual([answer.status, answer.location, answer.setCookies], [303, '/sessions?notice=ended', []])
    assert.match((await laptop.ask('/sessions?notice=ended')).body, /That device was signed out/)
    assert.equal(await endedBecause({ stored }, sid), 'ended-elsewhere')

    // Its script asks, which is how an open page hears of it.
    const heard = await ask('/session', { as: 'json', cookie: phone.cookies() })
    assert.deepEqual(
      [...refusalOf(heard), problemOf(heard).notice],
      [401, 'session_ended', 'ended-elsewhere'],
    )
    assert.equal((await ask('/refresh', { ...post, cookie: phone.cookies() })).status, 401)
    const refreshOnly = { cookie: `${REFRESH_COOKIE}=${phone.value('refresh')}` }
    const renewed = await ask('/session', refreshOnly)
    assert.deepEqual([renewed.status, problemOf(renewed).notice], [401, 'ended-elsewhere'])

    const page = await phone.ask('/account?a=b')
    assert.deepEqual(
      [page.status, page.location],
      [303, '/signin?next=%2Faccount%3Fa%3Db&notice=ended-elsewhere'],
    )
    assert.match(
      (await phone.ask(page.location ?? '')).body,
      /This device was signed out from somewhere else/,
    )
    latchkey.clock.advance(3600)
    assert.equal((await phone.ask('/session', { as: 'json' })).status, 401)
    assert.equal(phone.cookies(), undefined)
  })

  test('answers a script with how many, by cookie and by Bearer', async () => {
    const { ask, begin, beginPair } = await openApp()
    const [mine, script] = [await begin(), await beginPair()]
    for (const credentials of [{ cookie: mine.cookie }, { bearer: script.token }]) {
      for (const as of ['curl', 'json'] as const) {
        const other = await begin()
        const answer = await ask(`/sessions/${other.sid}/end`, { ...post, as, ...credentials })
        assert.deepEqual([answer.status, JSON.parse(answer.body), answer.setCookies], [200, { ended: 1 }, []])
        assert.equal((await ask('/welcome', { cookie: other.cookie })).status, 401)
      }
    }
  })

  test("another user's, one that is over and one that never was are one 404, and nothing ends", async () => {
    const { ask, begin, beginPair, stored, clock, isLive } = await openApp()
    const [theirs, over, expired] = [await beginPair('user2'), await begin(), await begin()]
    await ask('/logout', { ...post, cookie: over.cookie })
    clock.advance(300)
    const mine = await begin()
    const seen = new Set<string>()
    for (const sid of [theirs.sid, over.sid, expired.sid, newId(), 'x', '__proto__', '%00', "' or 1=1 --"]) {
      for (const as of CLIENTS) {
        const path = `/sessions/${encodeURIComponent(sid)}/end`
        const answer = await ask(path, { ...post, as, cookie: mine.cookie })
        assert.equal(answer.status, 404, sid)
        assert.deepEqual(answer.setCookies, [])
        if (as === 'browser') assert.ok(isPage(answer))
        else seen.add(answer.body.replace(/"request_id":"[^"]+"/, ''))
      }
    }
    assert.equal(seen.size, 1)
    assert.equal((await stored(theirs.sid)).endedAt, null)
    assert.deepEqual(
      [(await stored(over.sid)).endReason, (await stored(expired.sid)).endReason],
      ['signed-out', null],
    )
    assert.equal((await ask('/session', { bearer: theirs.token })).status, 200)
    assert.ok(await isLive(mine.cookie))
  })

  test('its own is signing out: both cookies go, and a browser comes to the sign-in page', async () => {
    const { phone, ask, stored } = await openWithDevices()
    const [sid, cookie] = [phone.sid(), phone.cookies()]
    const answer = await phone.ask(`/sessions/${sid}/end`, post)
    assert.deepEqual([answer.status, answer.location], [303, '/signin?notice=signed-out'])
    assert.deepEqual([cookieGiven(answer, COOKIE), cookieGiven(answer, REFRESH_COOKIE)], ['', ''])
    assert.equal(await endedBecause({ stored }, sid), 'signed-out')
    assert.equal((await ask('/welcome', { cookie })).status, 401)
  })

  test('its own by Bearer ends it, and touches no cookie', async () => {
    const { ask, begin, beginPair, isLive } = await openApp()
    const [script, page] = [await beginPair(), await begin()]
    const answer = await ask(`/sessions/${script.sid}/end`, {
      ...post,
      bearer: script.token,
      cookie: page.cookie,
    })
    assert.deepEqual([answer.status, JSON.parse(answer.body), answer.setCookies], [200, { ended: 1 }, []])
    assert.equal((await ask('/session', { bearer: script.token })).status, 401)
    assert.ok(await isLive(page.cookie))
  })
})

describe('POST /sessions/end-others', () => {
  test('ends all of the user but the one that asks, at once, and none of anybody else', async () => {
    const { laptop, phone, ask, beginPair, begin, stored, isLive } = await openWithDevices()
    const [script, stranger] = [await beginPair(), await begin('user2')]
    const answer = await laptop.ask('/sessions/end-others', post)
    assert.deepEqual([answer.status, answer.location], [303, '/sessions?notice=others-ended'])
    for (const sid of [phone.sid(), script.sid])
      assert.equal(await endedBecause({ stored }, sid), 'ended-elsewhere')
    assert.equal((await phone.ask('/welcome')).location, '/signin?next=%2Fwelcome&notice=ended-elsewhere')
    assert.equal((await ask('/session', { bearer: script.token })).status, 401)
    const trade = await ask('/token/refresh', { json: { refresh_token: script.refreshToken } })
    assert.equal(problemOf(trade).notice, 'ended-elsewhere')
    assert.ok((await isLive(stranger.cookie)) && (await isLive(laptop.cookies() ?? '')))
  })

  test('says to a script how many there were, by cookie and by Bearer, and none the second time', async () => {
    const { ask, begin, beginPair } = await openApp()
    for (const how of ['cookie', 'bearer'] as const) {
      await begin()
      await beginPair()
      const credentials =
        how === 'cookie' ? { cookie: (await begin()).cookie } : { bearer: (await beginPair()).token }
      const all = await ask('/sessions', { as: 'json', ...credentials })
      const others = JSON.parse(all.body).sessions.length - 1
      for (const ended of [others, 0]) {
        const answer = await ask('/sessions/end-others', { ...post, ...credentials })
        assert.deepEqual([answer.status, JSON.parse(answer.body)], [200, { ended }])
      }
    }
  })
})

describe('the buttons of a page whose session is over', () => {
  for (const path of ['/sessions/end-others', `/sessions/${newId()}/end`]) {
    test(`${path.replace(/[0-9a-f-]{36}/, ':sid')}: a browser signs in and comes back to the list, the rest get 401`, async () => {
      const { ask, begin, clock } = await openApp()
      const out = await ask(path, { ...post, as: 'browser' })
      assert.deepEqual([out.status, out.location], [303, '/signin?next=%2Fsessions'])
      const { cookie } = await begin()
      clock.advance(300)
      const expired = await ask(path, { ...post, as: 'browser', cookie })
      assert.equal(expired.location, '/signin?next=%2Fsessions&notice=expired')
      for (const as of ['curl', 'json'] as const) {
        const answer = await ask(path, { ...post, as })
        assert.deepEqual(refusalOf(answer), [401, 'not_signed_in'])
      }
      assert.equal((await ask(path, { cookie })).status, 405)
    })
  }
})
