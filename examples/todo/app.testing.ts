import { after } from 'node:test'
import { createMiddleware } from 'hono/factory'
import { createTodoApp } from './app.ts'
import type { News } from './notify.ts'
import { openTodoStore } from './store.ts'

/** For tests only: the app on a new store in memory, where a header says who asks. */

export const PUBLIC_URL = 'https://app.example.org'
export const PAGE = { accept: 'text/html,*/*;q=0.8' }

const user = createMiddleware(async function user(c, next) {
  const name = c.req.header('x-user')
  if (!name) return c.text('not signed in', 401)
  c.set('user', { sub: `id of ${name}`, username: name })
  await next()
})

export function openTodoApp() {
  const told: News[] = []
  const store = openTodoStore(':memory:')
  after(() => store.close())
  const app = createTodoApp({
    ...{ store, user, publicUrl: PUBLIC_URL, latchkeyUrl: 'https://auth.example.org' },
    notifier: { notify: (news) => void told.push(news) },
  })

  /** Asks as ann, unless told otherwise. */
  async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
    const response = await app.request(path, {
      method,
      headers: {
        'x-user': 'ann',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const { status } = response
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null }
  }

  const add = async (title: string, headers?: Record<string, string>) =>
    (await ask('POST', '/todo', JSON.stringify({ title }), headers)).json

  return { app, ask, add, told }
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
