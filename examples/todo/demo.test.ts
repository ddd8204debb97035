import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createApp } from '../../src/app.ts'
import { testDeps } from '../../src/testing.ts'
import { todoExample } from './demo.ts'

async function openDemo() {
  const { deps } = await testDeps({ demo: true, publicUrl: 'http://localhost:8000' })
  after(() => deps.close())
  return { without: createApp(deps), app: createApp(deps, todoExample) }
}

describe('the to-dos in the demo', () => {
  it('are nowhere else', async () => {
    const { without, app } = await openDemo()
    assert.deepEqual(
      [(await without.request('/todo')).status, (await app.request('/todo')).status],
      [404, 401],
    )
  })

  it('adds no path that lets somebody in who is not signed in', async () => {
    const { without, app } = await openDemo()
    const known = new Set(without.routes.map(({ method, path }) => `${method} ${path}`))
    const added = app.routes.filter(({ method, path }) => !known.has(`${method} ${path}`))
    const paths = [...new Map(added.map((route) => [`${route.method} ${route.path}`, route])).values()]
    assert.equal(paths.length, 5)
    for (const { method, path } of paths) {
      const status = path === '/todo/style.css' ? 200 : 401
      assert.equal((await app.request(path, { method })).status, status, path)
    }
  })

  it('are behind the same rules as the rest: origin, size and method', async () => {
    const { app } = await openDemo()
    const post = (headers: Record<string, string>, body = 'title=a') =>
      app.request('/todo', { method: 'POST', body, headers })
    assert.equal((await post({ origin: 'https://evil.example' })).status, 403)
    assert.equal((await post({}, 'x'.repeat(17_000))).status, 413)
    const { status, headers } = await app.request('/todo', { method: 'PATCH' })
    assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD, POST'])
  })
})
