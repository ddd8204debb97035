import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { freePort } from './free-port.testing.ts'
import { samplesOf } from './metrics/samples.testing.ts'
import { startServer } from './server.ts'
import { GOOD_PASSWORD, testDeps } from './testing.ts'

const TOKEN = 'a-token-of-those-who-watch'

/** A whole Latchkey with a port for the metrics; `metrics` and `pages` ask on their own port. */
async function serve(overrides: Parameters<typeof testDeps>[0] = {}) {
  const { deps, logged } = await testDeps({ metricsPort: 0, ...overrides })
  const server = await startServer(deps)
  after(async () => {
    await server.stop()
    await deps.close()
  })
  const on =
    (port: number | null) =>
    (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' })
  return { deps, logged, server, metrics: on(server.metricsPort), pages: on(server.port) }
}

describe('METRICS_PORT', () => {
  test('is a listener of its own, without a token, and the port of the pages has no metrics', async () => {
    const { server, metrics, pages } = await serve()
    assert.ok(server.metricsPort && server.metricsPort !== server.port)
    const answer = await metrics('/metrics')
    assert.deepEqual(
      [answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')],
      [200, 'text/plain; version=0.0.4; charset=utf-8', 'no-store'],
    )
    assert.match(await answer.text(), /^latchkey_build_info\{version="[\d.]+"\} 1$/m)
    assert.equal((await pages('/metrics')).status, 404)
  })

  test('asks for the token too when there is one, and then both ports have them', async () => {
    const { metrics, pages } = await serve({ metricsToken: TOKEN })
    for (const ask of [metrics, pages]) {
      assert.equal((await ask('/metrics')).status, 401)
      assert.equal((await ask('/metrics', { authorization: `Bearer ${TOKEN}x` })).status, 401)
      assert.equal((await ask('/metrics', { authorization: `Bearer ${TOKEN}` })).status, 200)
    }
  })

  test('has nothing else: nobody signs in there, and nobody is told anything', async () => {
    const { deps, metrics, server } = await serve()
    await deps.accounts.add({ username: 'user1', password: GOOD_PASSWORD }, { address: null })
    for (const path of [
      '/',
      '/signin',
      '/welcome',
      '/healthz',
      '/v1/keys',
      '/v1/revocations',
      '/style.css',
      '/metrics/',
    ])
      assert.equal((await metrics(path)).status, 404, path)
    const signIn = await fetch(`http://127.0.0.1:${server.metricsPort}/signin`, {
      method: 'POST',
      body: new URLSearchParams({ username: 'user1', password: GOOD_PASSWORD }),
    })
    assert.deepEqual([signIn.status, signIn.headers.getSetCookie()], [404, []])
    assert.equal(
      (await metrics('/nothing', { accept: 'text/html' })).headers.get('content-type'),
      'text/html; charset=utf-8',
    )
  })

  test('counts what the pages answer, and not what it answers itself', async () => {
    const { metrics, pages } = await serve()
    await pages('/signin')
    await metrics('/metrics')
    const text = await (await metrics('/metrics')).text()
    assert.deepEqual(samplesOf(text, 'latchkey_http_requests_total'), {
      '{method="GET",route="/signin",status="200"}': 1,
    })
  })

  test('answers 500 and tells nothing when the metrics fail, and the log has why', async () => {
    const { deps, logged } = await testDeps({ metricsPort: 0 })
    after(() => deps.close())
    const { metrics } = deps
    assert.ok(metrics)
    const broken = { ...deps, metrics: { ...metrics, text: () => Promise.reject(new TypeError('a bug')) } }
    const server = await startServer(broken)
    after(() => server.stop())
    const answer = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)
    assert.equal(answer.status, 500)
    assert.doesNotMatch(await answer.text(), /a bug|TypeError/)
    assert.ok(logged.some((line) => line.includes('a bug')))
  })

  test('is not there when it is not set', async () => {
    const { deps } = await testDeps({ metricsToken: TOKEN })
    after(() => deps.close())
    const server = await startServer(deps)
    after(() => server.stop())
    assert.equal(server.metricsPort, null)
  })

  test('is closed with the rest', async () => {
    const { server, metrics, pages } = await serve()
    await metrics('/metrics')
    await server.stop()
    for (const ask of [metrics, pages]) await assert.rejects(ask('/metrics'))
  })
})

describe('a port that is taken', () => {
  test('is the error of the system, with the port, and leaves the other one free', async () => {
    const { server } = await serve()
    for (const taken of ['port', 'metricsPort'] as const) {
      const other = taken === 'port' ? 'metricsPort' : 'port'
      const ports = { [taken]: server.port, [other]: await freePort() }
      const { deps } = await testDeps({ ...ports })
      after(() => deps.close())
      await assert.rejects(startServer(deps), { code: 'EADDRINUSE', port: server.port })
      await assert.rejects(fetch(`http://127.0.0.1:${ports[other]}/`), taken)
    }
  })
})
