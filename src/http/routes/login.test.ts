import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { refusalOf } from '../answers.testing.ts'
import { claimsOf } from '../device.testing.ts'
import { type Asked, CLIENTS, COOKIE, FROM_TEST, openApp } from '../requests.testing.ts'

const good = { username: 'user1', password: GOOD_PASSWORD }
const DAY = 86_400

const app = await openApp()
await app.addUser()

describe('POST /login', () => {
  const ways: Record<string, Asked> = {
    form: { form: good },
    JSON: { json: good },
    'JSON that curl -d sends as a form': {
      body: JSON.stringify(good),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
  }
  for (const [way, asked] of Object.entries(ways)) {
    test(`answers a ${way} with a pair of tokens, whatever is accepted, and sets no cookie`, async () => {
      for (const as of CLIENTS) {
        const answer = await app.ask('/login', { as, ...asked })
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
        assert.equal(answer.headers.get('cache-control'), 'no-store')
        assert.deepEqual(answer.setCookies, [])
        const { access_token, refresh_token, ...rest } = JSON.parse(answer.body)
        assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, refresh_expires_in: 7 * DAY })
        const welcome = await app.ask('/welcome', { bearer: access_token })
        assert.equal(welcome.body, 'Welcome user1!')
        const { sid, exp, auth_time } = claimsOf(access_token)
        assert.deepEqual([exp, auth_time], [START + 900, START])
        const { carrier, endsAt } = await app.stored(sid)
        assert.deepEqual([carrier, endsAt], ['bearer', START + 30 * DAY])
        assert.ok(refresh_token.startsWith(`${sid}.`))
      }
    })
  }

  test('looks at no cookie and touches none: good, malformed, or one that could be renewed', async () => {
    const { cookie, sid } = await app.begin()
    const { refreshCookie, ...remembered } = await app.beginRemembered()
    for (const sent of [cookie, refreshCookie, `${COOKIE}=x`, `${cookie}; ${refreshCookie}`]) {
      const answer = await app.ask('/login', { json: good, cookie: sent })
      assert.deepEqual([answer.status, answer.setCookies], [200, []], sent)
    }
    assert.equal((await app.stored(sid)).endedAt, null)
    const { endedAt, refresh } = await app.stored(remembered.sid)
    assert.deepEqual([endedAt, refresh?.rotation], [null, 0])
  })

  test('looks at no Bearer token beside the password, and ends no session for it', async () => {
    const { token, sid } = await app.beginPair()
    for (const bearer of [token, 'x'])
      assert.equal((await app.ask('/login', { json: good, bearer })).status, 200)
    assert.equal((await app.stored(sid)).endedAt, null)
  })

  test('wrong user, wrong password and disabled are one answer, to the letter', async () => {
    await app.deps.accounts.change(await app.addUser('disabled'), { status: 'disabled' }, FROM_TEST)
    const before = await app.deps.sessionStore.listLive(START)
    const refused = [
      { ...good, password: 'quite another sentence' },
      { ...good, password: `${GOOD_PASSWORD} ` },
      { ...good, username: 'nobody' },
      { ...good, username: '<b>' },
      { ...good, username: 'disabled' },
    ]
    for (const as of CLIENTS) {
      const seen = new Set<string>()
      for (const json of refused) {
        const answer = await app.ask('/login', { as, json })
        assert.equal(answer.status, 401)
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"')
        const requestId = /[0-9a-f]{8}-[0-9a-f-]{27}/
        seen.add(JSON.stringify([...answer.headers, answer.body.replace(requestId, '')]))
      }
      assert.equal(seen.size, 1, [...seen].join('\n'))
    }
    assert.deepEqual(refusalOf(await app.ask('/login', { json: refused[0] })), [401, 'wrong_credentials'])
    assert.deepEqual(await app.deps.sessionStore.listLive(START), before)
  })

  const JSON_TYPE = { 'content-type': 'application/json' }
  const shapes: [why: string, asked: Asked, refusal: [number, string]][] = [
    ['nothing', { method: 'POST' }, [415, 'wrong_content_type']],
    ['text', { body: 'x', headers: { 'content-type': 'text/plain' } }, [415, 'wrong_content_type']],
    ['no fields', { json: {} }, [400, 'bad_body']],
    ['a list', { json: [good] }, [400, 'bad_body']],
    ['no password', { json: { username: 'user1' } }, [400, 'bad_body']],
    ['an empty password', { form: { ...good, password: '' } }, [400, 'bad_body']],
    ['a number for a password', { json: { ...good, password: 5 } }, [400, 'bad_body']],
    ['a password too long', { json: { ...good, password: 'a'.repeat(4097) } }, [400, 'bad_body']],
    ['broken JSON', { body: '{"username":', headers: JSON_TYPE }, [400, 'bad_body']],
    ['17 KB', { body: ' '.repeat(17 * 1024), headers: JSON_TYPE }, [413, 'too_large']],
  ]
  for (const [why, asked, refusal] of shapes) {
    test(`${why}: ${refusal.join(' ')}, and nothing is repeated`, async () => {
      const answer = await app.ask('/login', asked)
      assert.deepEqual(refusalOf(answer), refusal)
      assert.ok(!answer.body.includes(GOOD_PASSWORD))
    })
  }

  test('CVE-2025-61928: fields that were not asked for change nothing', async () => {
    const json = { ...good, role: 'admin', remember: false, sub: 'x', carrier: 'cookie' }
    const answer = await app.ask('/login', { json })
    const { access_token } = JSON.parse(answer.body)
    assert.equal(claimsOf(access_token).role, 'user')
    assert.deepEqual(answer.setCookies, [])
  })
})
