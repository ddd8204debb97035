import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fateOf, openDevice } from './device.testing.ts'
import { COOKIE, FROM_TEST, openApp, REFRESH_COOKIE } from './requests.testing.ts'

const HOUR = 3600

async function openWithAll() {
  const latchkey = await openApp()
  const [device, other] = [await latchkey.beginRemembered(), await latchkey.beginRemembered()]
  const client = await latchkey.beginPair()
  latchkey.clock.advance(HOUR)
  const ended = await latchkey.beginRemembered()
  await latchkey.deps.endings.one(ended.sid, 'ended-elsewhere', FROM_TEST)
  const replaced = await latchkey.beginRemembered()
  await latchkey.deps.endings.one(replaced.sid, 'replaced', FROM_TEST)
  const fresh = await latchkey.beginRemembered()
  return { ...latchkey, device, other, client, ended, replaced, fresh }
}
type All = Awaited<ReturnType<typeof openWithAll>>

const forged = (token: string) => `${token.slice(0, -86)}${'A'.repeat(86)}`
interface Case {
  sends(all: All): { cookie: string; bearer?: string }
  status: number
  fate: string[]
}

const LEFT = ['left alone', 'left alone']
const TOKEN_CLEARED = ['cleared', 'left alone']
const CLEARED = ['cleared', 'cleared']

const CASES: Record<string, Case> = {
  'a live access token': {
    sends: ({ fresh }) => ({ cookie: `${fresh.cookie}; ${fresh.refreshCookie}` }),
    ...{ status: 200, fate: LEFT },
  },
  'a malformed access token': {
    sends: ({ device }) => ({ cookie: `${COOKIE}=x; ${device.refreshCookie}` }),
    ...{ status: 401, fate: TOKEN_CLEARED },
  },
  'a badly signed access token': {
    sends: ({ device }) => ({ cookie: `${COOKIE}=${forged(device.token)}; ${device.refreshCookie}` }),
    ...{ status: 401, fate: TOKEN_CLEARED },
  },
  'a revoked access token': {
    sends: ({ ended, device }) => ({ cookie: `${ended.cookie}; ${device.refreshCookie}` }),
    ...{ status: 401, fate: TOKEN_CLEARED },
  },
  // Whose browser has others by now: a late answer that cleared them would wipe those.
  'the access token of a session that a new sign-in replaced': {
    sends: ({ replaced }) => ({ cookie: `${replaced.cookie}; ${replaced.refreshCookie}` }),
    ...{ status: 401, fate: LEFT },
  },
  'the access token of a replaced session, which would keep the refresh cookie of another from renewing,': {
    sends: ({ replaced, device }) => ({ cookie: `${replaced.cookie}; ${device.refreshCookie}` }),
    ...{ status: 401, fate: TOKEN_CLEARED },
  },
  'the refresh cookie of a session that a new sign-in replaced': {
    sends: ({ replaced }) => ({ cookie: replaced.refreshCookie }),
    ...{ status: 401, fate: LEFT },
  },
  'two access tokens': {
    sends: ({ device }) => ({ cookie: `${device.cookie}; ${device.cookie}; ${device.refreshCookie}` }),
    ...{ status: 401, fate: TOKEN_CLEARED },
  },
  'a good Bearer token': {
    sends: ({ device, fresh }) => ({ cookie: device.refreshCookie, bearer: fresh.token }),
    ...{ status: 200, fate: LEFT },
  },
  'an expired Bearer token': {
    sends: ({ device }) => ({ cookie: device.refreshCookie, bearer: device.token }),
    ...{ status: 401, fate: LEFT },
  },
  'a Bearer header without a token': {
    sends: ({ device }) => ({ cookie: device.refreshCookie, bearer: '' }),
    ...{ status: 401, fate: LEFT },
  },
  'two refresh cookies': {
    sends: ({ device, other }) => ({ cookie: `${device.refreshCookie}; ${other.refreshCookie}` }),
    ...{ status: 401, fate: CLEARED },
  },
  'the same refresh cookie twice': {
    sends: ({ device }) => ({ cookie: `${device.refreshCookie}; ${device.refreshCookie}` }),
    ...{ status: 401, fate: CLEARED },
  },
  'an expired access token and a made-up refresh cookie': {
    sends: ({ device }) => ({
      cookie: `${device.cookie}; ${REFRESH_COOKIE}=${device.sid}.${'A'.repeat(43)}.${'A'.repeat(43)}`,
    }),
    ...{ status: 401, fate: CLEARED },
  },
  'no access token and a made-up refresh cookie': {
    sends: ({ device }) => ({
      cookie: `${REFRESH_COOKIE}=${device.sid}.${'A'.repeat(43)}.${'A'.repeat(43)}`,
    }),
    ...{ status: 401, fate: CLEARED },
  },
  'a refresh cookie that is no token': {
    sends: () => ({ cookie: `${REFRESH_COOKIE}=x` }),
    ...{ status: 401, fate: CLEARED },
  },
  'the refresh token of an API client in the cookie': {
    sends: ({ client }) => ({ cookie: `${REFRESH_COOKIE}=${client.refreshToken}` }),
    ...{ status: 401, fate: CLEARED },
  },
}

describe('nothing is renewed, rotated or ended beside', () => {
  for (const [what, { sends, status, fate: expected }] of Object.entries(CASES)) {
    test(`${what}: ${status}, token ${expected[0]}, refresh ${expected[1]}`, async () => {
      for (const method of ['GET', 'POST']) {
        const all = await openWithAll()
        const before = await all.deps.audit.list({})
        const path = method === 'GET' ? '/session' : '/refresh'
        // A good access token is refused for another reason there.
        if (method === 'POST' && status === 200) continue
        const answer = await all.ask(path, { method, ...sends(all) })
        assert.deepEqual([answer.status, ...fateOf(answer)], [status, ...expected], path)
        for (const { sid } of [all.device, all.other, all.client, all.fresh]) {
          const { refresh, endedAt } = await all.stored(sid)
          assert.deepEqual([refresh?.rotation, endedAt], [0, null])
        }
        assert.deepEqual(await all.deps.audit.list({}), before)
        const page = await all.ask('/welcome', { as: 'browser', ...sends(all) })
        assert.deepEqual([page.status, ...fateOf(page)], [status === 200 ? 200 : 303, ...expected])
      }
    })
  }

  test('whose access token alone was cleared is signed in again by its refresh cookie with the next request', async () => {
    const { device, ...latchkey } = await openWithAll()
    for (const bad of ['x', forged(device.token)]) {
      const browser = openDevice(latchkey, {
        brings: { [COOKIE]: bad, [REFRESH_COOKIE]: device.refreshToken },
      })
      assert.deepEqual(
        [(await browser.ask('/session')).status, (await browser.ask('/session')).status],
        [401, 200],
      )
    }
  })
})
