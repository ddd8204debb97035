import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Asked, COOKIE, type Latchkey, openApp, REFRESH_COOKIE } from './requests.testing.ts'

/** T3: an access token is never taken for a refresh token, nor the reverse, nor a refresh token of the other carrier. */

const PLACES: Record<string, (token: string) => [path: string, asked: Asked]> = {
  'as Bearer': (bearer) => ['/session', { bearer }],
  'in the token cookie': (token) => ['/session', { cookie: `${COOKIE}=${token}` }],
  'in the refresh cookie': (token) => ['/session', { cookie: `${REFRESH_COOKIE}=${token}` }],
  'at /token/refresh': (refresh_token) => ['/token/refresh', { json: { refresh_token } }],
}

/** By the token that is shown: what each of these places says to it. */
const EXPECTED: Record<string, [bearer: number, token: number, refresh: number, trade: number]> = {
  'the access token of a device': [200, 200, 401, 401],
  'the refresh token of a device': [401, 401, 200, 401],
  'the access token of an API client': [200, 200, 401, 401],
  'the refresh token of an API client': [401, 401, 401, 200],
  // Also where TOKEN_AUDIENCE names that app: then by its type alone.
  'what forward auth tells an app': [401, 401, 401, 401],
}

async function openWithAll() {
  const origin = 'https://app.example.test'
  const app = await openApp({ tokenAudiences: [origin], returnTo: [origin] })
  const [device, client] = [await app.beginRemembered(), await app.beginPair()]
  const tokens: Record<string, string> = {
    'the access token of a device': device.token,
    'the refresh token of a device': device.refreshToken,
    'the access token of an API client': client.token,
    'the refresh token of an API client': client.refreshToken,
    'what forward auth tells an app': await app.deps.assertionFor(await claimsOf(app, device.token), origin),
  }
  const state = async () => [
    await Promise.all([device, client].map(({ sid }) => app.stored(sid))),
    await app.deps.audit.list({}),
  ]
  return { ...app, tokens, state }
}

async function claimsOf({ deps }: Latchkey, token: string) {
  const resumed = await deps.sessions.resume(token)
  return resumed.kind === 'live' ? resumed.claims : assert.fail(resumed.kind)
}

describe('every kind of token in every place', () => {
  for (const [kind, statuses] of Object.entries(EXPECTED)) {
    for (const [i, [place, asking]] of Object.entries(PLACES).entries()) {
      const status = statuses[i]
      test(`${kind} ${place}: ${status}${status === 401 ? ', and nothing is ended or rotated' : ''}`, async () => {
        const { ask, tokens, state } = await openWithAll()
        const before = await state()
        const answer = await ask(...asking(tokens[kind] ?? ''))
        assert.equal(answer.status, status, answer.body)
        if (status === 401) assert.deepEqual(await state(), before)
      })
    }
  }

  test('a refresh token under another scheme, in the query or in the form of a page is not looked at', async () => {
    const { ask, tokens, state } = await openWithAll()
    const before = await state()
    for (const token of Object.values(tokens)) {
      for (const authorization of [`Basic ${token}`, `Refresh ${token}`, token])
        assert.equal((await ask('/session', { headers: { authorization } })).status, 401)
      assert.equal((await ask(`/session?refresh_token=${token}&access_token=${token}`)).status, 401)
      assert.equal((await ask('/refresh', { form: { refresh_token: token, token } })).status, 401)
      assert.equal((await ask(`/token/refresh?refresh_token=${token}`, { json: {} })).status, 400)
    }
    assert.deepEqual(await state(), before)
  })
})
