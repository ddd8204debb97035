import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPage } from '../answers.testing.ts'
import { CLIENTS, COOKIE, openApp } from '../requests.testing.ts'

const post = { method: 'POST' } as const
const CLEARED =
  /^__Host-token=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax$/

describe('POST /logout', () => {
  for (const as of CLIENTS) {
    const [status, location] = as === 'browser' ? [303, '/signin?notice=signed-out'] : [204, null]

    test(`ends the session and clears the cookie: ${as} gets ${status}`, async () => {
      const { ask, begin } = await openApp()
      const { cookie } = await begin()
      const answer = await ask('/logout', { ...post, as, cookie })
      assert.deepEqual([answer.status, answer.location, answer.body], [status, location, ''])
      assert.match(answer.setCookies.join(), CLEARED)
    })

    test(`the old cookie is 401 on the very next request of ${as}, and everywhere`, async () => {
      const { ask, begin } = await openApp()
      const { cookie, token } = await begin()
      assert.equal((await ask('/welcome', { cookie })).status, 200)
      await ask('/logout', { ...post, as, cookie })
      assert.equal((await ask('/welcome', { cookie })).status, 401)
      assert.equal((await ask('/welcome', { bearer: token })).status, 401)
      assert.equal((await ask('/session', { cookie })).status, 401)
      assert.equal((await ask('/refresh', { ...post, cookie })).status, 401)
      assert.equal((await ask('/', { cookie })).location, '/signin')
    })

    test(`works when already signed out: ${as}`, async () => {
      const { ask, begin } = await openApp()
      const { cookie } = await begin()
      await ask('/logout', { ...post, cookie })
      for (const again of [
        cookie,
        undefined,
        `${COOKIE}=x`,
        `${COOKIE}=e30.e30.e30`,
        `${cookie}; ${cookie}`,
      ]) {
        const answer = await ask('/logout', { ...post, as, cookie: again })
        assert.deepEqual([answer.status, answer.location], [status, location], `${again}`)
        assert.match(answer.setCookies.join(), CLEARED)
      }
    })
  }

  test('of two cookies of our name, every session that is ours ends: one of them may have been planted', async () => {
    const { ask, begin } = await openApp()
    const [mine, other] = [await begin(), await begin('user2')]
    for (const planted of ['x', '', other.token]) {
      const { cookie } = planted === other.token ? mine : await begin()
      const answer = await ask('/logout', { ...post, cookie: `${cookie}; ${COOKIE}=${planted}` })
      assert.equal(answer.status, 204)
      assert.match(answer.setCookies.join(), CLEARED)
      assert.equal((await ask('/welcome', { cookie })).status, 401, planted)
    }
    assert.equal((await ask('/welcome', { cookie: other.cookie })).status, 401)
  })

  test('an expired but well-signed token still ends its session', async () => {
    const { ask, begin, clock, deps } = await openApp()
    const { cookie } = await begin()
    const { sid } = JSON.parse((await ask('/session', { cookie })).body)
    clock.advance(301)
    assert.equal((await deps.sessionStore.find(sid))?.endedAt, null)
    assert.equal((await ask('/logout', { ...post, cookie })).status, 204)
    assert.equal((await deps.sessionStore.find(sid))?.endReason, 'signed-out')
  })

  test('a token that is not well signed ends nothing (ASVS 10.6.2)', async () => {
    const { ask, begin, isLive } = await openApp()
    const { cookie, token } = await begin()
    const forged = `${token.slice(0, -86)}${'A'.repeat(86)}`
    await ask('/logout', { ...post, cookie: `${COOKIE}=${forged}` })
    await ask('/logout', { ...post, bearer: forged, cookie })
    assert.ok(await isLive(cookie))
  })

  test('ends that session and no other, of the same user or another', async () => {
    const { ask, begin, isLive } = await openApp()
    const [one, two, other] = [await begin(), await begin(), await begin('user2')]
    await ask('/logout', { ...post, cookie: one.cookie })
    assert.deepEqual(
      [await isLive(one.cookie), await isLive(two.cookie), await isLive(other.cookie)],
      [false, true, true],
    )
  })

  test('with a Bearer token ends that session, and leaves the cookie of another alone', async () => {
    const { ask, begin, isLive } = await openApp()
    const [script, page] = [await begin(), await begin()]
    const answer = await ask('/logout', { ...post, bearer: script.token, cookie: page.cookie })
    assert.equal(answer.status, 204)
    assert.deepEqual([await isLive(script.cookie), await isLive(page.cookie)], [false, true])
    assert.deepEqual(answer.setCookies, [])
  })

  test('asks nothing of the body: none, a form or anything', async () => {
    const { ask } = await openApp()
    for (const asked of [{}, { form: { a: 'b' } }, { json: null }, { body: '\0' }]) {
      assert.equal((await ask('/logout', { ...post, ...asked })).status, 204)
    }
  })
})

describe('GET /logout', () => {
  test('is a page with a button, and changes nothing', async () => {
    const { ask, begin, isLive } = await openApp()
    const { cookie } = await begin()
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask('/logout', { as: 'browser', method, cookie })
      assert.deepEqual([answer.status, answer.setCookies], [200, []])
      assert.ok(isPage(answer))
      if (method === 'GET') {
        assert.match(answer.body, /<form method="post" action="\/logout"/)
        assert.match(answer.body, /user1/)
      }
      assert.ok(await isLive(cookie))
    }
  })

  test('says so to somebody who is signed out', async () => {
    const { ask } = await openApp()
    assert.match((await ask('/logout', { as: 'browser' })).body, /You are signed out/)
  })
})
