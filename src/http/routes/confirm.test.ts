import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { readVectors } from '../../vectors/vectors.testing.ts'
import { isPage, refusalOf } from '../answers.testing.ts'
import { claimsOf, openDevice } from '../device.testing.ts'
import { openAppOnDisk } from '../on-disk.testing.ts'
import { type Asked, type Client, FROM_TEST, openApp } from '../requests.testing.ts'

const HOUR = 3600
const { cases } = readVectors<{ cases: { next: string; path_only: boolean; why: string }[] }>(
  'redirect-cases.json',
)

async function withDevice(as: Client, remember = false) {
  const latchkey = await openApp()
  await latchkey.addUser()
  const device = openDevice(latchkey, { as })
  await device.signIn({ remember })
  const confirm = (password: string, next?: string) =>
    device.ask('/account/confirm', { form: { password, ...(next !== undefined && { next }) } })
  return { ...latchkey, device, confirm }
}

describe('GET /account/confirm', () => {
  test('is the form, for the user by name, with the way back in it', async () => {
    const { device } = await withDevice('browser')
    const page = await device.ask('/account/confirm?next=/account/password')
    assert.ok(page.status === 200 && isPage(page))
    assert.match(page.body, /<form method="post" action="\/account\/confirm">/)
    assert.match(page.body, /<input type="hidden" name="next" value="\/account\/password">/)
    assert.match(page.body, /user1/)
  })
})

describe('POST /account/confirm', () => {
  for (const remember of [false, true]) {
    test(`the right password: a new session takes the place of the old one, ${remember ? 'as remembered as it was' : 'not remembered'}`, async () => {
      for (const as of ['browser', 'json'] as const) {
        const { device, confirm, clock, ask, stored } = await withDevice(as, remember)
        const [sid, cookies] = [device.sid(), device.cookies()]
        clock.advance(remember ? HOUR : 200)
        const answer = await confirm(GOOD_PASSWORD, '/account/password')
        if (as === 'browser') assert.deepEqual([answer.status, answer.location], [303, '/account/password'])
        else assert.equal(JSON.parse(answer.body).expires_at, clock.now() + 300)
        assert.equal(answer.setCookies.length, remember ? 2 : 1)
        assert.notEqual(device.sid(), sid)
        assert.equal(claimsOf(device.value('token') ?? '').auth_time, clock.now())
        assert.equal((await stored(sid)).endReason, 'replaced')
        assert.equal((await ask('/session', { cookie: cookies })).status, 401)
        clock.advance(HOUR)
        assert.equal((await device.ask('/session')).status, remember ? 200 : 401)
      }
    })
  }

  test("a wrong password, nearly the right one, or another user's: 422, and the session goes on", async () => {
    for (const as of ['browser', 'json'] as const) {
      const { device, confirm, addUser, deps } = await withDevice(as)
      await addUser('user2', 'the sentence of user2')
      const sid = device.sid()
      const wrong = ['x', `${GOOD_PASSWORD} `, GOOD_PASSWORD.toUpperCase(), 'the sentence of user2']
      for (const password of wrong) {
        const answer = await confirm(password, '/sessions')
        assert.equal(answer.status, 422)
        assert.deepEqual(answer.setCookies, [])
        assert.ok(!answer.body.includes('sentence'))
        if (as === 'json') assert.deepEqual(refusalOf(answer), [422, 'wrong_password'])
        else {
          assert.match(answer.body, /The password is not right/)
          assert.match(answer.body, /name="next" value="\/sessions"/)
        }
      }
      assert.deepEqual([(await device.ask('/session')).status, device.sid()], [200, sid])
      const failed = (await deps.audit.list({})).filter(({ event }) => event === 'sign_in.failed')
      assert.deepEqual(
        failed.map(({ reason }) => reason),
        wrong.map(() => 'wrong-password'),
      )
    }
  })

  const shapes: [why: string, asked: Asked, status: number, code: string][] = [
    ['no password', { form: {} }, 400, 'bad_body'],
    ['an empty password', { form: { password: '' } }, 400, 'bad_body'],
    ['a number', { json: { password: 5 } }, 400, 'bad_body'],
    ['a next that is no text', { json: { password: GOOD_PASSWORD, next: 5 } }, 400, 'bad_body'],
    ['text', { body: 'x' }, 415, 'wrong_content_type'],
  ]
  for (const [why, asked, status, code] of shapes) {
    test(`${why}: ${status}, to a browser with the form again`, async () => {
      const { device } = await withDevice('json')
      assert.deepEqual(refusalOf(await device.ask('/account/confirm', asked)), [status, code])
      const page = await device.ask('/account/confirm', { as: 'browser', ...asked })
      assert.deepEqual([page.status, isPage(page)], [status, true])
      assert.match(page.body, /<form method="post" action="\/account\/confirm">/)
    })
  }

  test('redirect-cases: next leads to a path of ours, by query and by form, or to the account page', async () => {
    const { device, confirm } = await withDevice('browser')
    for (const { next, path_only, why } of cases) {
      const url = URL.parse(next, 'https://auth.example.test')
      const expected = path_only && url ? url.pathname + url.search + url.hash : '/account'
      const page = await device.ask(`/account/confirm?next=${encodeURIComponent(next)}`)
      const [, echoed = ''] = /name="next" value="([^"]*)"/.exec(page.body) ?? []
      assert.equal(echoed.replaceAll('&amp;', '&').replaceAll('&#39;', "'"), expected, why)
    }
    for (const next of ['//evil.test', '/\\evil.test', 'https://evil.test', ''])
      assert.equal((await confirm(GOOD_PASSWORD, next)).location, '/account')
  })

  test('with a Bearer token it is 400 that names /login, and the password is not tried', async () => {
    const { ask, beginPair, deps, stored } = await openApp()
    const { token, sid } = await beginPair()
    const before = await deps.audit.list({})
    for (const password of [GOOD_PASSWORD, 'wrong']) {
      const answer = await ask('/account/confirm', { bearer: token, form: { password } })
      assert.deepEqual(refusalOf(answer), [400, 'bearer_confirm'])
      assert.match(answer.body, /POST \/login/)
    }
    assert.deepEqual(await deps.audit.list({}), before)
    assert.equal((await stored(sid)).endedAt, null)
  })

  test('a name that is another user’s by now does not let that one’s password pass', async () => {
    const latchkey = await openAppOnDisk()
    await latchkey.addUser()
    await latchkey.addUser('user2', 'the sentence of user2')
    const device = openDevice(latchkey, { as: 'json' })
    await device.signIn()
    const rename = latchkey.sql.prepare('update users set username_key = ? where username_key = ?')
    for (const [to, from] of [
      ['user0', 'user1'],
      ['user1', 'user2'],
    ])
      rename.run(to ?? '', from ?? '')
    const asked = { form: { password: 'the sentence of user2' } }
    assert.deepEqual(refusalOf(await device.ask('/account/confirm', asked)), [422, 'wrong_password'])
  })

  test('a user who was disabled meanwhile does not get past it', async () => {
    const { confirm, device, deps, addUser } = await withDevice('json')
    await deps.accounts.change(await addUser(), { status: 'disabled' }, FROM_TEST)
    assert.deepEqual(refusalOf(await confirm(GOOD_PASSWORD)), [401, 'session_ended'])
    assert.equal(device.cookies(), undefined)
  })

  test('signed out: a browser signs in and comes to the account page, the rest get 401', async () => {
    const { ask, begin, clock } = await openApp()
    const { cookie } = await begin()
    clock.advance(START + 300 - clock.now())
    const asked = { form: { password: GOOD_PASSWORD }, cookie }
    const page = await ask('/account/confirm', { as: 'browser', ...asked })
    assert.deepEqual([page.status, page.location], [303, '/signin?next=%2Faccount&notice=expired'])
    assert.deepEqual(refusalOf(await ask('/account/confirm', asked)), [401, 'expired_token'])
  })
})
