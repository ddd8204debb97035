import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FORM, openTodoApp, PAGE, PUBLIC_URL } from './app.testing.ts'

const TITLE = '{"title":" buy milk "}'
const BOB = { 'x-user': 'bob' }

describe('POST /todo', () => {
  it('201: the new to-do, of whoever asks, and somebody is told', async () => {
    const { ask, told } = openTodoApp()
    const { status, headers, json } = await ask('POST', '/todo', TITLE)
    assert.equal(status, 201)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    const { id, created_at: createdAt, ...rest } = json
    assert.deepEqual(rest, { user_id: 'id of ann', title: 'buy milk' })
    assert.match(id, /^[\da-f-]{36}$/)
    assert.ok(Number.isInteger(createdAt))
    assert.deepEqual(told, [{ todoId: id, username: 'ann' }])
  })

  it('takes a form, and JSON that says it is one', async () => {
    const { ask } = openTodoApp()
    assert.equal((await ask('POST', '/todo', 'title=a+%26+b', FORM)).json.title, 'a & b')
    assert.equal((await ask('POST', '/todo', TITLE, FORM)).json.title, 'buy milk')
  })

  it('a browser is sent to its list', async () => {
    const { ask, told } = openTodoApp()
    const { status, headers } = await ask('POST', '/todo', 'title=a', { ...FORM, ...PAGE })
    assert.deepEqual([status, headers.get('location'), told.length], [303, '/todo', 1])
  })

  const bad: [string, Record<string, string>?][] = [
    ['no json'],
    ['{"title":'],
    [''],
    ['null'],
    ['[]'],
    ['{}'],
    ['{"title":""}'],
    ['{"title":7}'],
    ['{"__proto__":{"title":"x"}}'],
    [JSON.stringify({ title: 'x'.repeat(201) })],
    ['title=', FORM],
    ['name=x', FORM],
    ['title=a&title=b', FORM],
  ]
  for (const [body, headers] of bad)
    it(`422 and a sentence for ${body.slice(0, 30) || 'nothing'}: nothing is kept, nobody is told`, async () => {
      const { ask, told } = openTodoApp()
      const answer = await ask('POST', '/todo', body, headers)
      assert.equal(answer.status, 422)
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
      assert.partialDeepStrictEqual(answer.json, { status: 422, code: 'bad_title' })
      assert.match(answer.json.detail, /^[A-Z].*\.$/)
      assert.deepEqual([(await ask('GET', '/todo')).json, told], [{ todos: [] }, []])
    })

  it('422 for a browser is its list, with the sentence at the field', async () => {
    const { ask, add } = openTodoApp()
    await add('still here')
    const { status, text } = await ask('POST', '/todo', 'title=+', { ...FORM, ...PAGE })
    assert.equal(status, 422)
    assert.match(text, /role="alert">Say what is to be done: the title is empty\.</)
    assert.match(text, /aria-invalid="true" aria-describedby="wrong" autofocus/)
    assert.match(text, /still here/)
  })

  it('401 without a user, 413 above 16 KB, 415 for another type', async () => {
    const { ask, told } = openTodoApp()
    assert.equal((await ask('POST', '/todo', TITLE, { 'x-user': '' })).status, 401)
    const large = await ask('POST', '/todo', JSON.stringify({ title: 'x'.repeat(16 * 1024) }))
    assert.deepEqual([large.status, large.json.code], [413, 'too_large'])
    const other = await ask('POST', '/todo', TITLE, { 'content-type': 'text/plain' })
    assert.deepEqual([other.status, other.json.code], [415, 'wrong_content_type'])
    assert.deepEqual([(await ask('GET', '/todo')).json, told], [{ todos: [] }, []])
  })

  it('409 when the list is full', async () => {
    const { ask, add, told } = openTodoApp()
    for (let i = 0; i < 1000; i++) await add(String(i))
    const { status, json } = await ask('POST', '/todo', TITLE)
    assert.deepEqual([status, json.code, told.length], [409, 'too_many', 1000])
  })
})

describe('GET /todo', () => {
  it('is the own list as JSON, newest first', async () => {
    const { ask, add } = openTodoApp()
    const [first, second] = [await add('first'), await add('second')]
    await add('not hers', BOB)
    assert.deepEqual((await ask('GET', '/todo')).json, { todos: [second, first] })
  })

  it('is a page for browsers, where what people wrote is text', async () => {
    const { ask, add } = openTodoApp()
    const { id } = await add('<script>alert(1)</script>"&')
    await add('not hers', BOB)
    const { status, headers, text } = await ask('GET', '/todo', undefined, PAGE)
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/html; charset=utf-8'])
    assert.match(text, /<bdi>&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&amp;<\/bdi>/)
    assert.ok(text.includes(`action="/todo/${id}/delete"`))
    assert.doesNotMatch(text, /<script|style=|not hers/)
  })

  it('401 without a user', async () => {
    assert.equal((await openTodoApp().ask('GET', '/todo', undefined, { 'x-user': '' })).status, 401)
  })
})

describe('deleting', () => {
  it('DELETE /todo/:id: 204, and gone', async () => {
    const { ask, add } = openTodoApp()
    const { id } = await add('a')
    const { status, text } = await ask('DELETE', `/todo/${id}`)
    assert.deepEqual([status, text], [204, ''])
    assert.deepEqual((await ask('GET', '/todo')).json, { todos: [] })
  })

  it('POST /todo/:id/delete sends a browser back to its list', async () => {
    const { ask, add } = openTodoApp()
    const { id } = await add('a')
    const { status, headers } = await ask('POST', `/todo/${id}/delete`, '', { ...FORM, ...PAGE })
    assert.deepEqual([status, headers.get('location')], [303, '/todo'])
    assert.deepEqual((await ask('GET', '/todo')).json, { todos: [] })
  })

  it('404 for an unknown one, one that is gone, and one of somebody else, who keeps it', async () => {
    const { ask, add } = openTodoApp()
    const { id } = await add('hers')
    for (const [method, path] of [
      ['DELETE', `/todo/${id}`],
      ['POST', `/todo/${id}/delete`],
    ] as const) {
      const { status, json } = await ask(method, path, undefined, BOB)
      assert.deepEqual([status, json.code], [404, 'no_such_todo'])
      assert.equal((await ask('GET', '/todo')).json.todos.length, 1)
    }
    assert.equal((await ask('DELETE', `/todo/${id}`)).status, 204)
    for (const gone of [id, 'nonsense', '%', '%00'])
      assert.equal((await ask('DELETE', `/todo/${gone}`)).status, 404, gone)
    const page = await ask('POST', `/todo/${id}/delete`, '', { ...FORM, ...PAGE })
    assert.equal(page.status, 404)
    assert.match(page.text, /<h1>Not on your list<\/h1>/)
  })

  it('401 without a user', async () => {
    const { ask, add } = openTodoApp()
    const { id } = await add('hers')
    for (const [method, path] of [
      ['DELETE', `/todo/${id}`],
      ['POST', `/todo/${id}/delete`],
    ] as const)
      assert.equal((await ask(method, path, undefined, { 'x-user': '' })).status, 401)
    assert.equal((await ask('GET', '/todo')).json.todos.length, 1)
  })
})

describe('what pages of other origins send', () => {
  const cases: [Record<string, string>, number][] = [
    [{}, 201],
    [{ origin: PUBLIC_URL }, 201],
    [{ 'sec-fetch-site': 'same-origin', origin: PUBLIC_URL }, 201],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://app.example.org' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: PUBLIC_URL }, 403],
  ]
  for (const [headers, status] of cases)
    it(`${JSON.stringify(headers)}: ${status}, as JSON and as a form`, async () => {
      const { ask, add } = openTodoApp()
      assert.equal((await ask('POST', '/todo', TITLE, headers)).status, status)
      assert.equal((await ask('POST', '/todo', 'title=a', { ...FORM, ...headers })).status, status)
      const { id } = await add('a')
      assert.equal(
        (await ask('DELETE', `/todo/${id}`, undefined, headers)).status,
        status === 201 ? 204 : 403,
      )
    })
})

describe('every answer', () => {
  it('has the fixed headers, and no cache may keep what is of one person', async () => {
    const { ask, add } = openTodoApp()
    const { id } = await add('a')
    for (const answer of [
      await ask('GET', '/todo'),
      await ask('GET', '/todo', undefined, PAGE),
      await ask('POST', '/todo', TITLE),
      await ask('POST', '/todo', 'no json', PAGE),
      await ask('POST', '/todo', TITLE, { origin: 'https://evil.example' }),
      await ask('DELETE', `/todo/${id}`),
      await ask('DELETE', `/todo/${id}`, undefined, PAGE),
    ]) {
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      const policy = answer.headers.get('content-security-policy') ?? ''
      assert.match(
        policy,
        /^default-src 'none'; style-src 'self'; form-action 'self' https:\/\/auth\.example\.org;/,
      )
      assert.doesNotMatch(policy, /unsafe/)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(answer.headers.get('referrer-policy'), 'same-origin')
    }
  })

  it('the style is a file, for everybody', async () => {
    const { status, headers, text } = await openTodoApp().ask('GET', '/todo/style.css', undefined, {
      'x-user': '',
    })
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/css; charset=utf-8'])
    assert.match(text, /^:root/)
  })
})
