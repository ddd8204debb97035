import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../../testing.ts'
import { refusalOf } from '../answers.testing.ts'
import { type Asked, CLIENTS, openApp } from '../requests.testing.ts'

const good = { username: 'user1', password: GOOD_PASSWORD }

describe('ASVS 14.2.1: a query on /v1/auth', () => {
  const SECRET = 'a-password-in-the-url'
  const queries = [
    `username=user1&password=${SECRET}`,
    `password=${SECRET}`,
    `PASSWORD=${SECRET}`,
    `user1:${SECRET}`,
    `=${SECRET}`,
    SECRET,
    `pretty=t&token=${SECRET}`,
    `pretty=t&pretty2=${SECRET}`,
    `%70assword=${SECRET}`,
    `a[]=${SECRET}`,
  ]
  for (const query of queries) {
    test(`?${query.replaceAll(SECRET, '...')}: 400 before anything is checked, with good credentials or wrong ones`, async () => {
      const { ask, addUser, begin, clock, deps, logged } = await openApp()
      await addUser()
      const { token, sid } = await begin('user1', { carrier: 'bearer' })
      const before = await deps.sessionStore.listLive(clock.now())
      logged.length = 0
      const tries: Asked[] = [
        { json: good },
        { json: { ...good, password: 'wrong' } },
        { method: 'POST', headers: { authorization: `Basic ${btoa(`user1:${GOOD_PASSWORD}`)}` } },
        { body: 'x' },
        { method: 'PUT', bearer: token },
        { method: 'PUT', bearer: 'x' },
        { method: 'PUT' },
      ]
      for (const as of CLIENTS) {
        for (const asked of tries) {
          const answer = await ask(`/v1/auth?${query}`, { as, ...asked })
          assert.equal(answer.status, 400)
          if (as === 'json') assert.deepEqual(refusalOf(answer), [400, 'query_refused'])
          assert.match(answer.body, /in logs and histories.*should be changed/s)
          assert.ok(!`${JSON.stringify([...answer.headers])}${answer.body}`.includes(SECRET))
        }
      }
      assert.ok(logged.length >= CLIENTS.length * tries.length)
      assert.ok(!logged.join('').includes(SECRET))
      assert.deepEqual(await deps.sessionStore.listLive(clock.now()), before)
      assert.equal(
        (await deps.audit.list({})).filter((entry) => entry.sid !== sid && entry.event.startsWith('sign_in'))
          .length,
        0,
      )
    })
  }

  test('pretty is no such parameter, and an empty query is none', async () => {
    const { ask, addUser } = await openApp()
    await addUser()
    for (const query of ['?pretty', '?pretty=t', '?', '?&'])
      assert.equal((await ask(`/v1/auth${query}`, { json: good })).status, 200, query)
  })

  test('is in no log and no answer either where the method is wrong', async () => {
    const { ask, logged } = await openApp()
    const answer = await ask(`/v1/auth?password=${SECRET}`)
    assert.deepEqual(refusalOf(answer), [405, 'wrong_method'])
    assert.ok(logged.length > 0)
    assert.ok(!`${logged.join('')}${answer.body}`.includes(SECRET))
  })
})
