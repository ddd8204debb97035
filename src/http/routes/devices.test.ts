import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { isPage } from '../answers.testing.ts'
import { openDevice } from '../device.testing.ts'
import { type Asked, CLIENTS, FROM_TEST, type Latchkey, openApp } from '../requests.testing.ts'

const DAY = 86_400

const AGENTS = {
  'Firefox on Windows': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Safari on iPhone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  curl: 'curl/8.5.0',
}

/** A laptop, a phone that stays signed in, and a script of one user, ten seconds apart; and the device of another. */
async function openWithDevices() {
  const latchkey = await openApp()
  await latchkey.addUser()
  await latchkey.addUser('user2')
  const laptop = openDevice(latchkey, { as: 'browser', userAgent: AGENTS['Firefox on Windows'] })
  const phone = openDevice(latchkey, { as: 'browser', userAgent: AGENTS['Safari on iPhone'] })
  const stranger = openDevice(latchkey)
  await laptop.signIn()
  latchkey.clock.advance(10)
  await phone.signIn({ remember: true })
  latchkey.clock.advance(10)
  const answer = await latchkey.ask('/login', {
    json: { username: 'user1', password: GOOD_PASSWORD },
    headers: { 'user-agent': AGENTS.curl },
  })
  const script: Asked = { bearer: JSON.parse(answer.body).access_token }
  await stranger.signIn({ username: 'user2' })
  return { ...latchkey, laptop, phone, script, stranger }
}

const listOf = async ({ ask }: Pick<Latchkey, 'ask'>, asked: Asked) => {
  const answer = await ask('/sessions', { as: 'json', ...asked })
  assert.equal(answer.status, 200)
  return JSON.parse(answer.body)
}

describe('GET /sessions', () => {
  test('lists to a script where the user is signed in, newest first, and the current one is marked', async () => {
    const { laptop, phone, script, ask } = await openWithDevices()
    const { sessions, ended } = await listOf({ ask }, { cookie: laptop.cookies() })
    const { sid } = JSON.parse((await ask('/session', script)).body)
    const at = (seconds: number, life: number) => ({
      ...{ address: '', started_at: START + seconds, last_seen_at: START + seconds },
      ends_at: START + seconds + life,
    })
    const page = { carrier: 'cookie', current: false, remembered: false }
    assert.deepEqual(sessions, [
      { ...page, ...at(0, DAY / 2), sid: laptop.sid(), device: 'Firefox on Windows', current: true },
      { ...page, ...at(20, 30 * DAY), sid, device: 'curl', carrier: 'bearer' },
      { ...page, ...at(10, 30 * DAY), sid: phone.sid(), device: 'Safari on iPhone', remembered: true },
    ])
    assert.deepEqual(ended, [])
  })

  test('marks the one that asks, be it by Bearer', async () => {
    const { script, ask } = await openWithDevices()
    const { sessions } = await listOf({ ask }, script)
    assert.deepEqual(
      sessions.map(({ current }: { current: boolean }) => current),
      [true, false, false],
    )
  })

  test('is a page for a browser: each device in words, this one marked, a button for each other and for all', async () => {
    const { laptop, phone } = await openWithDevices()
    const page = await laptop.ask('/sessions')
    assert.ok(page.status === 200 && isPage(page))
    for (const device of Object.keys(AGENTS)) assert.ok(page.body.includes(device), device)
    assert.match(page.body, /Firefox on Windows <span class="tag good">This device<\/span>/)
    assert.equal(page.body.match(/This device<\/span>/g)?.length, 1)
    assert.match(page.body, new RegExp(`action="/sessions/${phone.sid()}/end"`))
    assert.ok(!page.body.includes(`/sessions/${laptop.sid()}/end`))
    assert.match(page.body, /<form method="post" action="\/sessions\/end-others">/)
  })

  test('shows nothing of another user, and nothing secret', async () => {
    const { stranger, laptop, phone, script, ask } = await openWithDevices()
    for (const as of CLIENTS) {
      const { body } = await stranger.ask('/sessions', { as })
      for (const { sid } of [laptop, phone]) assert.ok(!body.includes(sid()))
      const own = await ask('/sessions', { as, ...script })
      assert.ok(!own.body.includes(stranger.sid()))
      assert.doesNotMatch(own.body, /salt|hash|secret|revision/i)
    }
  })

  test('tells those that are over, the last one first, and why', async () => {
    const { deps, clock, begin, beginRemembered, ask } = await openApp()
    const { refreshCookie } = await beginRemembered()
    const reasons = ['signed-out', 'ended-elsewhere', 'ended-by-operator', 'reuse', 'replaced'] as const
    for (const reason of reasons) {
      clock.advance(1)
      await deps.endings.one((await begin()).sid, reason, FROM_TEST)
    }
    // Not remembered, so it is over with its access token.
    const { sid } = await begin()
    clock.advance(300)
    const { sessions, ended } = await listOf({ ask }, { cookie: refreshCookie })
    assert.equal(sessions.length, 1)
    assert.deepEqual(ended[0], {
      ...{ sid, device: 'Test', address: '192.0.2.1', reason: 'expired' },
      ...{ started_at: START + 5, ended_at: START + 305 },
    })
    assert.deepEqual(
      ended.slice(1).map((one: { reason: string; ended_at: number }) => [one.reason, one.ended_at - START]),
      reasons.map((reason, i) => [reason, i + 1]).reverse(),
    )
    const page = await ask('/sessions', { as: 'browser', cookie: refreshCookie })
    for (const words of [
      'The sign-in expired',
      'a new sign-in took its place',
      'an old copy of its sign-in was used',
      'ended by whoever runs this server',
      'ended from another device',
    ])
      assert.ok(page.body.includes(words), words)
  })

  for (const [total, listed, isCut] of [
    [100, 100, false],
    [103, 101, true],
  ] as const) {
    test(`of ${total} it lists the newest hundred and the one that asks, ${isCut ? 'and says so' : 'all of them'}`, async () => {
      const { ask, begin, beginRemembered } = await openApp()
      const { refreshCookie: cookie, sid } = await beginRemembered()
      for (let i = 1; i < total; i++) await begin()
      const { sessions } = await listOf({ ask }, { cookie })
      assert.deepEqual([sessions.length, sessions[0].sid, sessions[0].current], [listed, sid, true])
      const { body } = await ask('/sessions', { as: 'browser', cookie })
      assert.equal(body.includes('These are the newest'), isCut)
      const ended = await ask('/sessions/end-others', { method: 'POST', cookie })
      assert.deepEqual(JSON.parse(ended.body), { ended: total - 1 })
    })
  }

  for (const [seconds, seen] of [
    [59, 0],
    [60, 60],
    [61, 61],
  ] as const) {
    test(`last seen is written at most once a minute: after ${seconds} s it is ${seen} s`, async () => {
      const { ask, begin, clock, stored } = await openApp()
      const { cookie, sid } = await begin()
      await ask('/session', { cookie })
      clock.advance(seconds)
      await ask('/session', { cookie })
      assert.equal((await stored(sid)).lastSeenAt, START + seen)
    })
  }
})
