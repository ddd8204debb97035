import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { signInFirst } from './sign-in-first.ts'

const ADDRESSES = { latchkeyUrl: 'https://auth.example.org', publicUrl: 'https://app.example.org' }
const PAGE = { accept: 'text/html' }

/** An app whose guard answers with this status, or lets pass. */
function appOf(status: 401 | 403 | 503 | null) {
  const user = createMiddleware((c, next) =>
    status === null ? next() : Promise.resolve(c.text('refused', status)),
  )
  return new Hono().get('/todo', signInFirst(user, ADDRESSES), (c) => c.text('the list'))
}

describe('signing in first', () => {
  it('sends a browser without a session to the sign-in page, and from there back', async () => {
    const { status, headers } = await appOf(401).request('/todo', { headers: PAGE })
    assert.equal(status, 303)
    assert.equal(
      headers.get('location'),
      'https://auth.example.org/signin?next=https%3A%2F%2Fapp.example.org%2Ftodo',
    )
  })

  it('leaves 401 to scripts, and every other refusal as it is', async () => {
    assert.equal((await appOf(401).request('/todo')).status, 401)
    for (const status of [403, 503] as const)
      assert.equal((await appOf(status).request('/todo', { headers: PAGE })).status, status)
  })

  it('lets pass whom the guard lets pass', async () => {
    const answer = await appOf(null).request('/todo', { headers: PAGE })
    assert.equal(await answer.text(), 'the list')
  })
})
