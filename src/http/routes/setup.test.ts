import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { isPage, problemOf } from '../answers.testing.ts'
import { CLIENTS, COOKIE, openApp } from '../requests.testing.ts'

async function firstStart() {
  const app = await openApp()
  const code = await app.deps.setup.open()
  assert.ok(code)
  return { ...app, code, good: { code, username: 'admin', password: GOOD_PASSWORD } }
}

describe('GET /setup', () => {
  test('is the form with the code, and 403 with any other or none', async () => {
    const { ask, code } = await firstStart()
    const page = await ask(`/setup?code=${code}`, { as: 'browser' })
    assert.equal(page.status, 200)
    assert.match(page.body, new RegExp(`<input type="hidden" name="code" value="${code}">`))
    for (const query of [
      '',
      '?code=',
      '?code=x',
      `?code=${code}x`,
      `?code=x&code=${code}`,
      `?CODE=${code}`,
    ]) {
      for (const as of CLIENTS) assert.equal((await ask(`/setup${query}`, { as })).status, 403, query)
    }
  })

  test('is gone once there is an account, also with the right code', async () => {
    const { ask, code, deps, addUser } = await firstStart()
    await addUser()
    assert.equal((await ask(`/setup?code=${code}`, { as: 'browser' })).status, 404)
    assert.equal((await ask('/setup')).status, 404)
    assert.equal(await deps.setup.open(), null)
  })

  test('the newest code alone is good: a start prints a new one', async () => {
    const { ask, code, deps } = await firstStart()
    const newest = await deps.setup.open()
    assert.equal((await ask(`/setup?code=${code}`)).status, 403)
    assert.equal((await ask(`/setup?code=${newest}`)).status, 200)
  })
})

describe('POST /setup', () => {
  test('makes the first account an admin, signs it in, and is gone', async () => {
    const { ask, good, deps, isLive } = await firstStart()
    const answer = await ask('/setup', { as: 'browser', form: good })
    assert.deepEqual([answer.status, answer.location], [303, '/welcome'])
    assert.ok(await isLive(answer.setCookies[0]?.split(';')[0] ?? ''))
    assert.equal((await deps.accounts.findByName('admin'))?.role, 'admin')
    for (const as of CLIENTS) assert.equal((await ask('/setup', { as, form: good })).status, 404)
    assert.equal((await deps.accounts.list()).length, 1)
  })

  test('answers a script as a sign-in does', async () => {
    const { ask, good } = await firstStart()
    const answer = await ask('/setup', { json: good })
    assert.equal(answer.status, 200)
    assert.deepEqual(JSON.parse(answer.body), {
      username: 'admin',
      expires_at: START + 300,
      refresh_from: START + 270,
    })
    assert.equal(answer.setCookies.length, 1)
  })

  test('GHSA-7w99-5wm4-3g79: of many at once, one wins and the others find it gone', async () => {
    const { ask, code, deps } = await firstStart()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        ask('/setup', { json: { code, username: `admin${i}`, password: GOOD_PASSWORD } }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(404)])
    assert.equal((await deps.accounts.list()).length, 1)
  })

  test('refuses a wrong code before it looks at the rest', async () => {
    const { ask, good, deps } = await firstStart()
    for (const code of ['', 'x', `${good.code} `, good.code.toLowerCase()]) {
      const answer = await ask('/setup', { json: { ...good, code, password: 'x' } })
      assert.deepEqual([answer.status, problemOf(answer).code], [403, 'bad_setup_code'])
    }
    assert.equal(await deps.accounts.any(), false)
  })

  test('a refused name or password says why beside the field, and does not use up the code', async () => {
    const { ask, good } = await firstStart()
    const cases = [
      { change: { password: 'short' }, code: 'weak_password', says: 'Use at least 15 characters.' },
      { change: { password: 'admin-latchkey-admin' }, code: 'weak_password', says: 'too much like the name' },
      { change: { password: 'a'.repeat(1025) }, code: 'weak_password', says: 'Use at most 1024 characters.' },
      { change: { username: '' }, code: 'bad_username', says: 'A username has 1 to 64' },
      { change: { username: 'a b' }, code: 'bad_username', says: 'A username has 1 to 64' },
    ]
    for (const { change, code, says } of cases) {
      const json = await ask('/setup', { json: { ...good, ...change } })
      assert.deepEqual([json.status, problemOf(json).code], [422, code])
      assert.ok(String(problemOf(json).detail).includes(says), json.body)
      const page = await ask('/setup', { as: 'browser', form: { ...good, ...change } })
      assert.equal(page.status, 422)
      assert.ok(isPage(page) && page.body.includes(says) && page.body.includes(good.code), says)
      assert.ok(!page.body.includes(change.password ?? GOOD_PASSWORD))
    }
    assert.equal((await ask('/setup', { json: good })).status, 200)
  })

  test('CVE-2025-61928: fields that were not asked for are ignored', async () => {
    const { ask, good, deps } = await firstStart()
    const extra = { id: 'x', userId: 'y', email: 'a@b.test', status: 'disabled', revision: 7, createdAt: 1 }
    assert.equal((await ask('/setup', { json: { ...good, ...extra, role: 'user' } })).status, 200)
    const user = await deps.accounts.findByName('admin')
    assert.deepEqual(
      [user?.role, user?.status, user?.email, user?.revision, user?.createdAt],
      ['admin', 'active', null, 0, START],
    )
    assert.notEqual(user?.id, 'x')
  })

  test('clears a dead cookie, and never touches a live one when it refuses', async () => {
    const { ask, good, isLive } = await firstStart()
    const answer = await ask('/setup', { json: { ...good, code: 'x' }, cookie: `${COOKIE}=x` })
    assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0/)
    const { setCookies } = await ask('/setup', { json: good })
    const cookie = setCookies[0]?.split(';')[0] ?? ''
    const refused = await ask('/setup', { json: good, cookie })
    assert.deepEqual([refused.status, refused.setCookies], [404, []])
    assert.ok(await isLive(cookie))
  })
})
