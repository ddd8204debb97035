import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import { problemOf } from './answers.testing.ts'
import { FROM_TEST, type Latchkey, openApp } from './requests.testing.ts'

/** T5: however a session ends, the next request and the next renewal of it are refused, on every way in. */

const post = { method: 'POST' } as const
const NEXT = 'another plain sentence'

/** What one user holds: a page, a device that stays signed in, a script; each with its access token 280 s old. */
async function openWithAll() {
  const latchkey = await openApp()
  const [page, device] = [await latchkey.begin(), await latchkey.beginRemembered()]
  const script = await latchkey.beginPair()
  latchkey.clock.advance(280)
  await latchkey.deps.revocations.poll()
  // Whoever ends the others is another device of the user.
  const other = await latchkey.begin()
  return { ...latchkey, page, device, script, other }
}
type All = Awaited<ReturnType<typeof openWithAll>>

const held = ({ page, device, script }: All) => [page, device, script]

/** Every request that a holder of these can make; none may be let in. */
async function refusals({ ask, page, device, script }: All): Promise<unknown[]> {
  const both = `${device.cookie}; ${device.refreshCookie}`
  const answers = [
    await ask('/session', { cookie: page.cookie }),
    await ask('/refresh', { ...post, cookie: page.cookie }),
    await ask('/session', { cookie: device.cookie }),
    await ask('/session', { cookie: both }),
    await ask('/session', { cookie: device.refreshCookie }),
    await ask('/refresh', { ...post, cookie: both }),
    await ask('/refresh', { ...post, cookie: device.refreshCookie }),
    await ask('/sessions/end-others', { ...post, cookie: device.refreshCookie }),
    await ask('/session', { bearer: script.token }),
    await ask('/sessions/end-others', { ...post, bearer: script.token }),
    await ask('/token/refresh', { json: { refresh_token: script.refreshToken } }),
  ]
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]))
  return answers.map((answer) => problemOf(answer).notice)
}

const change = async ({ deps, addUser }: Latchkey, to: { status: 'disabled' } | { role: 'admin' }) =>
  deps.accounts.change(await addUser(), to, FROM_TEST)

const ENDINGS: Record<string, { end(all: All): Promise<unknown>; reason: string; notice: string }> = {
  'signing out, each': {
    async end({ ask, page, device, script }) {
      await ask('/logout', { ...post, cookie: page.cookie })
      await ask('/logout', { ...post, cookie: device.refreshCookie })
      await ask('/logout', { ...post, bearer: script.token })
    },
    ...{ reason: 'signed-out', notice: 'signed-out' },
  },
  'each from another device': {
    async end(all) {
      for (const { sid } of held(all))
        await all.ask(`/sessions/${sid}/end`, { ...post, cookie: all.other.cookie })
    },
    ...{ reason: 'ended-elsewhere', notice: 'ended-elsewhere' },
  },
  'all others from another device': {
    end: ({ ask, other }) => ask('/sessions/end-others', { ...post, cookie: other.cookie }),
    ...{ reason: 'ended-elsewhere', notice: 'ended-elsewhere' },
  },
  'a new password by the user': {
    end: ({ ask, other }) =>
      ask('/account/password', {
        ...{ cookie: other.cookie, json: { current_password: GOOD_PASSWORD, new_password: NEXT } },
      }),
    ...{ reason: 'password-changed', notice: 'password-changed' },
  },
  'a new password by the operator': {
    end: async ({ deps, addUser }) => deps.accounts.setPassword(await addUser(), NEXT, FROM_TEST),
    ...{ reason: 'password-changed', notice: 'password-changed' },
  },
  'the user disabled': {
    end: (all) => change(all, { status: 'disabled' }),
    ...{ reason: 'disabled', notice: 'disabled' },
  },
  'the user deleted': {
    end: async ({ deps, addUser }) => deps.accounts.delete(await addUser(), FROM_TEST),
    ...{ reason: 'deleted', notice: 'disabled' },
  },
  'another role': {
    end: (all) => change(all, { role: 'admin' }),
    ...{ reason: 'role-changed', notice: 'ended-elsewhere' },
  },
  'each by the operator': {
    async end(all) {
      for (const { sid } of held(all)) await all.deps.endings.one(sid, 'ended-by-operator', FROM_TEST)
    },
    ...{ reason: 'ended-by-operator', notice: 'ended-elsewhere' },
  },
}

describe('T5: a session that was ended', () => {
  for (const [how, { end, reason, notice }] of Object.entries(ENDINGS)) {
    test(`by ${how}: refused at once on every way in, which says why`, async () => {
      const all = await openWithAll()
      const stranger = await all.beginPair('user2')
      for (const { token } of held(all))
        assert.equal((await all.ask('/session', { bearer: token })).status, 200)
      await end(all)
      for (const { sid } of held(all)) assert.equal((await all.stored(sid)).endReason, reason)
      assert.deepEqual(new Set(await refusals(all)), new Set([notice]))
      // Nobody else's.
      assert.equal((await all.ask('/session', { bearer: stranger.token })).status, 200)
      const trade = await all.ask('/token/refresh', { json: { refresh_token: stranger.refreshToken } })
      assert.equal(trade.status, 200)
    })
  }

  test('stays ended when the user is enabled again', async () => {
    const all = await openWithAll()
    const user = await change(all, { status: 'disabled' })
    assert.ok(user)
    await all.deps.accounts.change(user, { status: 'active' }, FROM_TEST)
    await refusals(all)
    assert.equal((await all.signInBy()).status, 200)
  })

  test('stays ended when the clock is set back', async () => {
    const all = await openWithAll()
    await change(all, { role: 'admin' })
    for (const seconds of [1, 120, 279]) {
      all.clock.advance(-seconds)
      await refusals(all)
      all.clock.advance(seconds)
    }
  })

  test('on another node: its refresh token at once, its access token with the next reading of the log', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-'))
    after(() => rmSync(dataDir, { recursive: true }))
    const shared = { dataDir, keysDir: join(dataDir, 'keys') }
    const here = await openApp(shared)
    const there = await openApp(shared)
    const [device, script] = [await here.beginRemembered(), await here.beginPair()]
    assert.equal((await there.ask('/session', { bearer: script.token })).status, 200)
    for (const sent of [{ cookie: device.cookie }, { bearer: script.token }])
      await here.ask('/logout', { ...post, ...sent })
    assert.equal((await there.ask('/session', { cookie: device.refreshCookie })).status, 401)
    const trade = await there.ask('/token/refresh', { json: { refresh_token: script.refreshToken } })
    assert.equal(trade.status, 401)
    await there.deps.revocations.poll()
    for (const sent of [{ cookie: device.cookie }, { bearer: script.token }])
      assert.equal((await there.ask('/session', sent)).status, 401)
  })
})
