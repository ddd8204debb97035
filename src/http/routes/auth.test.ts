import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { refusalOf } from '../answers.testing.ts'
import { claimsOf } from '../device.testing.ts'
import { type Asked, CLIENTS, COOKIE, FROM_TEST, openApp } from '../requests.testing.ts'

const good = { username: 'user1', password: GOOD_PASSWORD }

const basic = (text: string, scheme = 'Basic'): Asked => ({
  method: 'POST',
  headers: { authorization: `${scheme} ${Buffer.from(text).toString('base64')}` },
})
const goodBasic = basic(`user1:${GOOD_PASSWORD}`)

const app = await openApp()
await app.addUser()
await app.deps.accounts.change(await app.addUser('disabled'), { status: 'disabled' }, FROM_TEST)

describe('POST /v1/auth', () => {
  const ways: Record<string, Asked> = {
    form: { form: good },
    JSON: { json: good },
    'JSON that curl -d sends as a form': {
      body: JSON.stringify(good),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    Basic: goodBasic,
    'basic, in small letters': basic(`user1:${GOOD_PASSWORD}`, 'basic'),
  }
  for (const [way, asked] of Object.entries(ways)) {
    test(`answers ${way} with a bare token, whatever is accepted`, async () => {
      for (const as of CLIENTS) {
        const answer = await app.ask('/v1/auth', { as, ...asked })
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('content-type'), 'application/jwt')
        assert.equal(answer.headers.get('cache-control'), 'no-store')
        assert.deepEqual(answer.setCookies, [])
        const { sid, iat, exp, auth_time, username } = claimsOf(answer.body)
        assert.deepEqual([username, iat, exp, auth_time], ['user1', START, START + 900, START])
        const { carrier, endsAt, expiresAt, refresh } = await app.stored(sid)
        assert.deepEqual([carrier, endsAt, expiresAt], ['bearer', START + 12 * 3600, START + 900])
        assert.equal(refresh, null)
        assert.equal((await app.ask('/welcome', { bearer: answer.body })).status, 200)
      }
    })
  }

  test('takes a password as Unicode, with colons and blanks, exactly as it was set', async () => {
    const { ask, addUser } = await openApp()
    const password = ' p\u00e4ssword: with a \u{1f511} '
    await addUser('user1', password)
    assert.equal((await ask('/v1/auth', basic(`user1:${password}`))).status, 200)
    assert.equal((await ask('/v1/auth', { json: { username: 'user1', password } })).status, 200)
    assert.equal((await ask('/v1/auth', basic(`user1:${password.trim()}`))).status, 401)
  })

  test('Basic wins over the body, which is not even read', async () => {
    const bodies: Asked[] = [
      { json: { username: 'nobody', password: 'wrong' } },
      { body: 'x' },
      { body: '{' },
    ]
    for (const sent of bodies)
      assert.equal((await app.ask('/v1/auth', { ...sent, ...goodBasic })).status, 200)
    const wrong = await app.ask('/v1/auth', { json: good, ...basic('user1:wrong') })
    assert.deepEqual(refusalOf(wrong), [401, 'wrong_credentials'])
  })

  test('wrong user, wrong password, disabled, and Basic that is none are one answer, to the letter, and as at /login', async () => {
    const before = await app.deps.sessionStore.listLive(START)
    const refused: Asked[] = [
      { json: { ...good, password: 'quite another sentence' } },
      { json: { ...good, username: 'nobody' } },
      { form: { ...good, username: 'disabled' } },
      basic('user1:quite another sentence'),
      basic(`nobody:${GOOD_PASSWORD}`),
      basic(`disabled:${GOOD_PASSWORD}`),
      basic('user1'),
      basic('user1:'),
      basic(`:${GOOD_PASSWORD}`),
      basic(`user1:${GOOD_PASSWORD}\0`),
      basic(`user1:${'a'.repeat(4097)}`),
      ...['Basic', 'Basic ', 'Basic =', `Basic user1:${GOOD_PASSWORD}`].map((authorization) => ({
        json: good,
        headers: { authorization },
      })),
    ]
    for (const as of CLIENTS) {
      const seen = new Set<string>()
      for (const [path, asked] of [
        ['/login', { json: { ...good, password: 'wrong' } }] as const,
        ...refused.map((asked) => ['/v1/auth', asked] as const),
      ]) {
        const answer = await app.ask(path, { as, ...asked })
        assert.equal(answer.status, 401)
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
        seen.add(JSON.stringify([...answer.headers, answer.body.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '')]))
      }
      assert.equal(seen.size, 1, [...seen].join('\n'))
    }
    assert.deepEqual(refusalOf(await app.ask('/v1/auth', basic('x'))), [401, 'wrong_credentials'])
    assert.deepEqual(await app.deps.sessionStore.listLive(START), before)
  })

  test('looks at no cookie and no token beside the password, and ends no session for them', async () => {
    const { cookie, token, sid } = await app.begin()
    const { refreshCookie, ...remembered } = await app.beginRemembered()
    for (const asked of [
      { json: good, cookie },
      { json: good, cookie: refreshCookie },
      { json: good, cookie: `${COOKIE}=x` },
      { json: good, bearer: token },
      { json: good, bearer: 'x' },
      { json: good, headers: { authorization: `JWT ${token}` } },
      { ...goodBasic, cookie: `${cookie}; ${refreshCookie}` },
    ])
      assert.equal((await app.ask('/v1/auth', asked)).status, 200)
    assert.equal((await app.stored(sid)).endedAt, null)
    const { endedAt, refresh } = await app.stored(remembered.sid)
    assert.deepEqual([endedAt, refresh?.rotation], [null, 0])
  })

  const JSON_TYPE = { 'content-type': 'application/json' }
  const shapes: [why: string, asked: Asked, refusal: [number, string]][] = [
    ['nothing', { method: 'POST' }, [415, 'wrong_content_type']],
    ['text', { body: 'x', headers: { 'content-type': 'text/plain' } }, [415, 'wrong_content_type']],
    ['no fields', { json: {} }, [400, 'bad_body']],
    ['an empty password', { form: { ...good, password: '' } }, [400, 'bad_body']],
    ['a list for a password', { json: { ...good, password: [GOOD_PASSWORD] } }, [400, 'bad_body']],
    ['broken JSON', { body: '{"username":', headers: JSON_TYPE }, [400, 'bad_body']],
    ['17 KB', { body: ' '.repeat(17 * 1024), headers: JSON_TYPE }, [413, 'too_large']],
    ['17 KB beside Basic', { body: ' '.repeat(17 * 1024), ...goodBasic }, [413, 'too_large']],
  ]
  for (const [why, asked, refusal] of shapes) {
    test(`${why}: ${refusal.join(' ')}`, async () => {
      assert.deepEqual(refusalOf(await app.ask('/v1/auth', asked)), refusal)
    })
  }

  test('CVE-2025-61928: fields that were not asked for change nothing', async () => {
    const { body } = await app.ask('/v1/auth', { json: { ...good, role: 'admin', remember: true, sub: 'x' } })
    assert.equal(claimsOf(body).role, 'user')
    assert.equal((await app.stored(claimsOf(body).sid)).refresh, null)
  })
})
