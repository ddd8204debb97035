import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD } from '../testing.ts'
import { problemOf } from './answers.testing.ts'
import { type Asked, CLIENTS, openApp } from './requests.testing.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }
const good = { username: 'user1', password: GOOD_PASSWORD }
const goodText = JSON.stringify(good)
const MOST_BYTES = 16 * 1024

const app = await openApp()
await app.addUser()
const code = 'x'

/** To the routes that read a name and a password; /setup is gone here (404) once its body is good. */
async function statuses(asked: Asked): Promise<number[]> {
  const seen: number[] = []
  for (const as of CLIENTS) {
    for (const path of ['/signin', '/setup', '/login']) {
      const answer = await app.ask(path, { method: 'POST', as, ...asked })
      assert.deepEqual(answer.setCookies, [])
      seen.push(answer.status)
    }
  }
  return [...new Set(seen)]
}

describe('T20: a body of the wrong shape is 400', () => {
  const bad: Record<string, string | Uint8Array<ArrayBuffer>> = {
    nothing: '',
    'JSON null': 'null',
    'a list': '[]',
    'a list of one': `[${goodText}]`,
    text: '"x"',
    'a number': '1',
    true: 'true',
    'no fields': '{}',
    'not JSON': '{"username":',
    'two documents': `${goodText}${goodText}`,
    'deep brackets': '['.repeat(8000) + ']'.repeat(8000),
    'deep objects': `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
    'numbers for text': '{"code":1,"username":1,"password":1}',
    'null for text': '{"code":null,"username":null,"password":null}',
    'lists for text': `{"code":["x"],"username":["user1"],"password":["${GOOD_PASSWORD}"]}`,
    'objects for text': '{"code":{},"username":{},"password":{"$ne":""}}',
    'only __proto__': `{"__proto__":{"code":"x","username":"user1","password":"${GOOD_PASSWORD}"}}`,
    'constructor.prototype': `{"constructor":{"prototype":${goodText}}}`,
    'UTF-16': new Uint8Array(Buffer.from(goodText, 'utf16le')),
    'UTF-16 with a mark': new Uint8Array(Buffer.from(`\ufeff${goodText}`, 'utf16le')),
    'a field too long': JSON.stringify({ code, username: 'a', password: 'b'.repeat(4097) }),
  }
  for (const [what, body] of Object.entries(bad)) {
    test(`as JSON: ${what}`, async () =>
      assert.deepEqual(await statuses({ body, headers: JSON_TYPE }), [400]))
  }

  test('as JSON: a field that comes twice, for readers differ in which they take', async () => {
    const twice = '{"code":"x","username":"user2","username":"user1","password":"a plain long sentence"}'
    assert.deepEqual(await statuses({ body: twice, headers: JSON_TYPE }), [400])
  })

  const badForms: Record<string, string> = {
    nothing: '',
    'other fields': 'a=b',
    'a doubled password': 'code=x&username=user1&password=a&password=a+plain+long+sentence',
    'a doubled name': 'code=x&username=user2&username=user1&password=a+plain+long+sentence',
    'brackets for lists': 'code[]=x&username[]=user1&password[]=a+plain+long+sentence',
    'dots and __proto__': '__proto__.username=user1&__proto__[username]=user1&password=a&code=x',
    'JSON in a value': `data=${encodeURIComponent(goodText)}`,
    'no closing brace': '{"username":"user1"',
  }
  for (const [what, body] of Object.entries(badForms)) {
    test(`as a form: ${what}`, async () =>
      assert.deepEqual(await statuses({ body, headers: FORM_TYPE }), [400]))
  }

  test('the answer repeats nothing of the body', async () => {
    const secret = 'correct horse battery'
    for (const as of CLIENTS) {
      const answer = await app.ask('/signin', { as, json: { username: 5, password: secret } })
      assert.equal(answer.status, 400)
      assert.ok(!answer.body.includes(secret))
    }
    assert.equal(problemOf(await app.ask('/signin', { json: {} })).code, 'bad_body')
  })
})

describe('T20: a body of another type is 415', () => {
  for (const type of [
    'text/plain',
    'multipart/form-data; boundary=b',
    'text/json',
    'application/json-patch+json',
    'application/xml',
    '',
    ' ',
    ';',
    'application/jsonx',
  ]) {
    test(JSON.stringify(type), async () =>
      assert.deepEqual(await statuses({ body: goodText, headers: { 'content-type': type } }), [415]),
    )
  }

  test('none at all', async () => {
    const bytes = new Uint8Array(Buffer.from(goodText))
    const answer = await app.ask('/signin', { body: bytes })
    assert.deepEqual([answer.status, problemOf(answer).code], [415, 'wrong_content_type'])
  })
})

describe('fields that were not asked for', () => {
  test('CVE-2025-61928: role, userId and the like are ignored, and so is __proto__ beside good fields', async () => {
    const extra =
      '"role":"admin","userId":"1","sub":"1","id":"1","status":"active","__proto__":{"role":"admin"},"a":{"b":[1]}'
    const answer = await app.ask('/signin', { body: `{${extra},${goodText.slice(1)}`, headers: JSON_TYPE })
    assert.equal(answer.status, 200)
    const token = answer.setCookies[0]?.split(/[=;]/)[1] ?? ''
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(claims.role, 'user')
    assert.equal(claims.sub, (await app.deps.accounts.findByName('user1'))?.id)
  })

  test('hono ef902257: no prototype is changed by any of it', async () => {
    const body =
      '__proto__.polluted=1&__proto__[polluted]=1&constructor.prototype.polluted=1&username=a&password=b'
    await app.ask('/signin', { body, headers: FORM_TYPE })
    await app.ask('/signin', {
      body: '{"__proto__":{"polluted":1},"username":"a","password":"b"}',
      headers: JSON_TYPE,
    })
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })
})

describe('the size of a body', () => {
  for (const [bytes, status] of [
    [MOST_BYTES - 1, 200],
    [MOST_BYTES, 200],
    [MOST_BYTES + 1, 413],
  ] as const) {
    test(`${bytes} bytes: ${status}, with and without a length (GHSA-92vj-g62v-jqhh)`, async () => {
      const body = goodText + ' '.repeat(bytes - goodText.length)
      const counted = await app.ask('/signin', {
        body,
        headers: { ...JSON_TYPE, 'content-length': String(bytes) },
      })
      const chunked = await app.ask('/signin', {
        body,
        headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
      })
      assert.deepEqual([counted.status, chunked.status], [status, status])
      if (status === 413) assert.equal(problemOf(chunked).code, 'too_large')
    })
  }

  test('holds on every unsafe route, also one that reads no body', async () => {
    const unsafe = app.app.routes.filter(({ method }) => method === 'POST').map(({ path }) => path)
    assert.ok(unsafe.length >= 10)
    for (const path of [...unsafe, '/welcome', '/nothing']) {
      const headers = { ...JSON_TYPE, 'content-length': '16385' }
      const { status } = await app.ask(path, { body: ' '.repeat(16_385), headers })
      assert.equal(status, 413, path)
    }
  })
})
