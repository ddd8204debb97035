import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { isPage, refusalOf } from '../answers.testing.ts'
import { openDevice } from '../device.testing.ts'
import { FROM_TEST, openApp } from '../requests.testing.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

async function withDevice() {
  const latchkey = await openApp()
  await latchkey.addUser()
  const device = openDevice(latchkey, { as: 'json', userAgent: FIREFOX })
  return { ...latchkey, device }
}

describe('GET /account', () => {
  test('tells a script who the user is, and what happened lately, newest first', async () => {
    const { device, ask, clock } = await withDevice()
    await device.signIn({ remember: true })
    clock.advance(10)
    await ask('/signin', { form: { username: 'user1', password: 'wrong' } })
    clock.advance(10)
    const { username, name, email, role, activity, ...rest } = JSON.parse((await device.ask('/account')).body)
    assert.deepEqual([username, name, email, role, rest], ['user1', null, null, 'user', {}])
    assert.deepEqual(activity, [
      {
        at: START + 10,
        event: 'sign_in.failed',
        reason: 'wrong-password',
        address: '',
        sid: null,
        device: null,
      },
      {
        ...{ at: START, event: 'sign_in.succeeded', reason: null, address: '', sid: device.sid() },
        device: 'Firefox on Linux',
      },
      { at: START, event: 'user.added', reason: null, address: '192.0.2.1', sid: null, device: null },
    ])
  })

  test('is a page for a browser, with the way to a new password', async () => {
    const { device } = await withDevice()
    await device.signIn()
    const page = await device.ask('/account', { as: 'browser' })
    assert.ok(page.status === 200 && isPage(page))
    for (const words of [
      'user1',
      'Recent activity',
      'Signed in',
      'Firefox on Linux',
      'href="/account/password"',
    ])
      assert.ok(page.body.includes(words), words)
  })

  test('says that the password was changed where it just was, and nothing else that a link asks for', async () => {
    const { device } = await withDevice()
    await device.signIn()
    const plain = (await device.ask('/account', { as: 'browser' })).body
    const told = await device.ask('/account?notice=password-changed', { as: 'browser' })
    assert.match(told.body, /Your password was changed/)
    for (const notice of ['x', '__proto__', 'toString', '<b>'])
      assert.equal((await device.ask(`/account?notice=${notice}`, { as: 'browser' })).body, plain)
  })

  test('leaves out renewals, of which there would be one every few minutes, and lists twenty', async () => {
    const { device, ask, clock } = await withDevice()
    await device.signIn({ remember: true })
    for (let i = 0; i < 25; i++) {
      clock.advance(301)
      await device.ask('/session')
      if (i % 2 === 0) await ask('/logout', { method: 'POST', bearer: device.value('token') ?? '' })
      if (i % 2 === 0) await device.signIn({ remember: true })
    }
    const { activity } = JSON.parse((await device.ask('/account')).body)
    assert.equal(activity.length, 20)
    const events = new Set(activity.map(({ event }: { event: string }) => event))
    assert.deepEqual([...events].sort(), ['session.ended', 'sign_in.succeeded'])
  })

  test('whoever fails to sign in with a name pushes nothing else off the list: five of those are on it', async () => {
    const { device, ask, clock } = await withDevice()
    await device.signIn()
    for (let i = 0; i < 30; i++) {
      clock.advance(1)
      await ask('/login', { json: { username: 'user1', password: 'wrong' } })
    }
    const { activity } = JSON.parse((await device.ask('/account')).body)
    assert.deepEqual(
      activity.map(({ event, at }: { event: string; at: number }) => [event, at - START]),
      [
        ...[30, 29, 28, 27, 26].map((at) => ['sign_in.failed', at]),
        ['sign_in.succeeded', 0],
        ['user.added', 0],
      ],
    )
  })

  test('shows nothing of another user', async () => {
    const { device, begin, ask, deps } = await withDevice()
    await device.signIn()
    const other = await begin('user2')
    await deps.endings.one(other.sid, 'reuse', FROM_TEST)
    const { body } = await device.ask('/account')
    assert.ok(!body.includes(other.sid) && !body.includes('user2') && !body.includes('reuse'))
    const { cookie } = await begin('user2')
    const theirs = await ask('/account', { as: 'json', cookie })
    assert.ok(!theirs.body.includes(device.sid()) && !theirs.body.includes('user1'))
  })

  test('a name that was typed wrong is in nobody’s activity: it may have been a password', async () => {
    const { device, deps, ask } = await withDevice()
    await device.signIn()
    await ask('/signin', { form: { username: 'a password typed here', password: GOOD_PASSWORD } })
    assert.doesNotMatch((await device.ask('/account')).body, /unknown-user|typed/)
    const [entry] = await deps.audit.list({ limit: 1 })
    assert.deepEqual([entry?.event, entry?.reason, entry?.userId], ['sign_in.failed', 'unknown-user', null])
  })

  test('signed out: a browser signs in and comes back, the rest get 401', async () => {
    const { ask } = await openApp()
    const page = await ask('/account', { as: 'browser' })
    assert.deepEqual([page.status, page.location], [303, '/signin?next=%2Faccount'])
    assert.deepEqual(refusalOf(await ask('/account')), [401, 'not_signed_in'])
  })
})
