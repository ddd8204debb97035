import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../../testing.ts'
import { isPage, problemOf, refusalOf } from '../answers.testing.ts'
import { form, NEXT, withDevice } from '../password.testing.ts'
import { type Asked, FROM_TEST, openApp, PUBLIC_URL } from '../requests.testing.ts'

describe('a new password that is refused', () => {
  const refused: [why: string, change: Record<string, string>, code: string, says: string][] = [
    ['wrong current', { current_password: 'x' }, 'wrong_password', 'The password is not right.'],
    ['short', { new_password: 'fourteen signs' }, 'weak_password', 'Use at least 15 characters.'],
    ['long', { new_password: 'a'.repeat(1025) }, 'weak_password', 'Use at most 1024 characters.'],
    ['common', { new_password: '1qaz2wsx3edc4rfv' }, 'weak_password', 'one of the most common'],
    ['like the user', { new_password: 'user1-user1-user1' }, 'weak_password', 'too much like the name'],
    ['the same', { new_password: GOOD_PASSWORD }, 'weak_password', 'the password you have now'],
  ]
  for (const [why, wrong, code, says] of refused) {
    test(`${why}: 422 with the reason, in the form for a browser, and nothing has changed`, async () => {
      const { device, change, isPassword, begin, isLive } = await withDevice()
      const [sid, other] = [device.sid(), await begin()]
      const sent = { ...form, ...wrong }
      const script = await change({ json: sent })
      assert.deepEqual(refusalOf(script), [422, code])
      assert.ok(String(problemOf(script).detail).includes(says), script.body)
      const page = await change({ as: 'browser', form: sent })
      assert.deepEqual([page.status, isPage(page)], [422, true])
      assert.ok(page.body.includes(says), page.body)
      for (const { body, setCookies } of [script, page]) {
        assert.deepEqual(setCookies, [])
        for (const password of Object.values(sent).filter(({ length }) => length > 5))
          assert.ok(!body.includes(password))
      }
      assert.deepEqual([(await device.ask('/session')).status, device.sid()], [200, sid])
      assert.ok((await isPassword(GOOD_PASSWORD)) && (await isLive(other.cookie)))
    })
  }

  const shapes: [why: string, asked: Asked, status: number, code: string][] = [
    ['no fields', { form: {} }, 400, 'bad_body'],
    ['no current password', { form: { new_password: NEXT } }, 400, 'bad_body'],
    ['an empty current password', { json: { ...form, current_password: '' } }, 400, 'bad_body'],
    ['a number', { json: { ...form, new_password: 5 } }, 400, 'bad_body'],
    ['a field too long', { json: { ...form, new_password: 'a'.repeat(4097) } }, 400, 'bad_body'],
    ['text', { body: 'x' }, 415, 'wrong_content_type'],
    ['17 KB', { body: 'x'.repeat(17_000) }, 413, 'too_large'],
  ]
  for (const [why, asked, status, code] of shapes) {
    test(`${why}: ${status}, to a browser as a page`, async () => {
      const { change } = await withDevice()
      assert.deepEqual(refusalOf(await change(asked)), [status, code])
      const page = await change({ as: 'browser', ...asked })
      assert.deepEqual([page.status, isPage(page)], [status, true])
    })
  }

  test('signed out: a browser signs in and comes back to the form, the rest get 401', async () => {
    const { ask } = await openApp()
    const page = await ask('/account/password', { as: 'browser', form })
    assert.deepEqual([page.status, page.location], [303, '/signin?next=%2Faccount%2Fpassword'])
    assert.deepEqual(refusalOf(await ask('/account/password', { form })), [401, 'not_signed_in'])
  })

  test('T11: sent from a page of another origin it is 403, and the password is as it was', async () => {
    const { change, isPassword } = await withDevice()
    for (const headers of [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: PUBLIC_URL },
    ])
      assert.deepEqual(refusalOf(await change({ form, headers })), [403, 'cross_origin'])
    assert.ok(await isPassword(GOOD_PASSWORD))
  })

  test('an operator who sets a password in between wins: whoever knows the old one does not undo it', async () => {
    const { change, deps, addUser, isPassword } = await withDevice()
    const changing = change()
    await deps.accounts.setPassword(await addUser(), 'a sentence of the operator', FROM_TEST)
    await changing
    const passwords = ['a sentence of the operator', NEXT, GOOD_PASSWORD]
    const good = await Promise.all(passwords.map(isPassword))
    assert.deepEqual(good, [true, false, false])
  })
})
