import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSamples } from '../../metrics/samples.testing.ts'
import { isPage, problemOf } from '../answers.testing.ts'
import { type Asked, CLIENTS, openApp } from '../requests.testing.ts'

const TOKEN = 'a-token-of-those-who-watch'
const openMeasured = () => openApp({ metricsToken: TOKEN })

describe('GET /metrics', () => {
  test('is nothing when METRICS_TOKEN is not set, also with a port for the metrics, and whatever is shown', async () => {
    for (const overrides of [{}, { metricsPort: 9464 }]) {
      const { ask, deps } = await openApp(overrides)
      assert.equal(deps.metrics !== null, 'metricsPort' in overrides)
      for (const asked of [{}, { bearer: TOKEN }, { bearer: '' }, { bearer: 'null' }])
        assert.equal((await ask('/metrics', asked)).status, 404)
    }
  })

  test('gives them to whoever shows the token, as text for Prometheus that no cache keeps', async () => {
    const { ask } = await openMeasured()
    for (const as of CLIENTS) {
      const answer = await ask('/metrics', { as, bearer: TOKEN })
      assert.deepEqual(
        [answer.status, answer.headers.get('content-type'), answer.setCookies],
        [200, 'text/plain; version=0.0.4; charset=utf-8', []],
      )
      assert.ok(readSamples(answer.body).size > 50)
    }
    const head = await ask('/metrics', { method: 'HEAD', bearer: TOKEN })
    assert.deepEqual([head.status, head.body], [200, ''])
  })

  const bearer = (text: string): Asked => ({ headers: { authorization: text } })
  const shown: [name: string, asked: Asked, status: number][] = [
    ['the token', bearer(`Bearer ${TOKEN}`), 200],
    ['the scheme in other letters', bearer(`bEARER ${TOKEN}`), 200],
    ['nothing', {}, 401],
    ['an empty one', bearer('Bearer '), 401],
    ['a character less', bearer(`Bearer ${TOKEN.slice(0, -1)}`), 401],
    ['a character more', bearer(`Bearer ${TOKEN}x`), 401],
    ['another last character', bearer(`Bearer ${TOKEN.slice(0, -1)}x`), 401],
    ['other letters', bearer(`Bearer ${TOKEN.toUpperCase()}`), 401],
    ['it twice', bearer(`Bearer ${TOKEN}, Bearer ${TOKEN}`), 401],
    ['it without a scheme', bearer(TOKEN), 401],
    ['another scheme', bearer(`JWT ${TOKEN}`), 401],
    ['it as a password', bearer(`Basic ${btoa(`metrics:${TOKEN}`)}`), 401],
    ['a cookie of that value', { cookie: `__Host-token=${TOKEN}` }, 401],
  ]
  for (const [name, asked, status] of shown) {
    test(`shown ${name}: ${status}`, async () => {
      const { ask } = await openMeasured()
      const answer = await ask('/metrics', asked)
      assert.equal(answer.status, status)
      if (status === 401) assert.equal(problemOf(answer).code, 'metrics_token')
    })
  }

  test('is not for people, not even for an admin who is signed in', async () => {
    const { ask, begin, addUser, deps } = await openMeasured()
    await deps.accounts.change(await addUser(), { role: 'admin' }, { address: null })
    const { cookie, token } = await begin()
    assert.equal((await ask('/metrics', { cookie })).status, 401)
    assert.equal((await ask('/metrics', { bearer: token })).status, 401)
  })

  test('asks for the token, and says when the one shown is not it (RFC 6750 3)', async () => {
    const { ask } = await openMeasured()
    for (const [asked, challenge] of [
      [{}, 'Bearer realm="latchkey"'],
      [{ bearer: 'wrong' }, 'Bearer realm="latchkey", error="invalid_token"'],
    ] as const) {
      const { headers } = await ask('/metrics', asked)
      assert.equal(headers.get('www-authenticate'), challenge)
    }
    assert.ok(isPage(await ask('/metrics', { as: 'browser' })))
  })

  test('takes no token from the address, and no other method', async () => {
    const { ask } = await openMeasured()
    assert.equal((await ask(`/metrics?token=${TOKEN}&access_token=${TOKEN}`)).status, 401)
    const post = await ask('/metrics', { method: 'POST', bearer: TOKEN })
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
  })

  test('leaves the token in no log', async () => {
    const { ask, logged } = await openMeasured()
    for (const asked of [{ bearer: TOKEN }, { bearer: `${TOKEN}x` }, { cookie: TOKEN }])
      await ask('/metrics', asked)
    assert.ok(logged.some((line) => line.includes('"path":"/metrics"')))
    assert.ok(!logged.join('').includes(TOKEN))
  })
})
