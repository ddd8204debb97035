import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START } from '../../testing.ts'
import { problemOf } from '../answers.testing.ts'
import { CLIENTS, COOKIE, FROM_TEST, openApp } from '../requests.testing.ts'

describe('GET /session', () => {
  test('tells a script about its session, whatever it accepts', async () => {
    const { ask, begin, clock } = await openApp()
    const { cookie, token } = await begin()
    clock.advance(10)
    const { sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    for (const as of CLIENTS) {
      for (const credentials of [{ cookie }, { bearer: token }]) {
        const answer = await ask('/session', { as, ...credentials })
        assert.equal(answer.status, 200)
        assert.deepEqual(JSON.parse(answer.body), {
          username: 'user1',
          sid,
          expires_at: START + 300,
          refresh_from: START + 270,
          ends_at: START + 12 * 3600,
          now: START + 10,
        })
      }
    }
  })

  test('refuses everybody else with 401, also a cookie without the form of a token', async () => {
    const { ask, begin, clock } = await openApp()
    const { cookie } = await begin()
    assert.equal(problemOf(await ask('/session')).code, 'not_signed_in')
    assert.equal(problemOf(await ask('/session', { cookie: `${COOKIE}=x` })).code, 'invalid_token')
    assert.equal(problemOf(await ask('/session', { bearer: 'x' })).code, 'invalid_token')
    clock.advance(300)
    const expired = await ask('/session', { cookie })
    assert.deepEqual([expired.status, problemOf(expired).notice], [401, 'expired'])
    assert.equal(expired.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
  })

  test('says to every tab why the session ended', async () => {
    for (const [end, notice] of [
      ['disable', 'disabled'],
      ['password', 'password-changed'],
      ['role', 'ended-elsewhere'],
      ['delete', 'disabled'],
      ['end', 'ended-elsewhere'],
    ] as const) {
      const { ask, begin, deps } = await openApp()
      const { cookie } = await begin()
      const { sid } = JSON.parse((await ask('/session', { cookie })).body)
      const user = await deps.accounts.findByName('user1')
      assert.ok(user)
      if (end === 'disable') await deps.accounts.change(user, { status: 'disabled' }, FROM_TEST)
      if (end === 'password') await deps.accounts.setPassword(user, 'another plain sentence', FROM_TEST)
      if (end === 'role') await deps.accounts.change(user, { role: 'admin' }, FROM_TEST)
      if (end === 'delete') await deps.accounts.delete(user, FROM_TEST)
      if (end === 'end') await deps.endings.one(sid, 'ended-by-operator', FROM_TEST)
      const answer = await ask('/session', { cookie })
      assert.deepEqual([answer.status, problemOf(answer).notice], [401, notice], end)
    }
  })
})
