import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { notices } from '../../../views/sign-in.ts'
import { GOOD_PASSWORD, START } from '../../testing.ts'
import { isPage, problemOf } from '../answers.testing.ts'
import { type Asked, COOKIE, FROM_TEST, openApp } from '../requests.testing.ts'

const good = { username: 'user1', password: GOOD_PASSWORD }
const app = await openApp()
await app.addUser()

describe('GET /', () => {
  test('leads to the sign-in page, and once signed in to the welcome page', async () => {
    const { cookie } = await app.signIn()
    for (const as of ['browser', 'curl', 'json'] as const) {
      const out = await app.ask('/', { as })
      assert.deepEqual([out.status, out.location], [303, '/signin'])
      const signedIn = await app.ask('/', { as, cookie })
      assert.deepEqual([signedIn.status, signedIn.location], [303, '/welcome'])
    }
  })
})

describe('GET /signin', () => {
  test('is the form, and carries the way back in it', async () => {
    const answer = await app.ask('/signin?next=/a%3Fb%3D1', { as: 'browser' })
    assert.equal(answer.status, 200)
    assert.ok(isPage(answer))
    assert.match(answer.body, /<form method="post" action="\/signin">/)
    assert.match(answer.body, /<input type="hidden" name="next" value="\/a\?b=1">/)
    assert.deepEqual(answer.setCookies, [])
  })

  test('goes to next, or to the welcome page, when somebody is signed in already', async () => {
    const { cookie, token } = await app.signIn()
    assert.equal((await app.ask('/signin?next=/a', { cookie })).location, '/a')
    assert.equal((await app.ask('/signin', { as: 'browser', cookie })).location, '/welcome')
    assert.equal((await app.ask('/signin?next=https://evil.test', { cookie })).location, '/welcome')
    assert.equal((await app.ask('/signin', { bearer: token })).location, '/welcome')
  })

  test('GHSA-f24x-5g9q-753f: clears a cookie that is worth nothing, and asks for a sign-in', async () => {
    const { cookie } = await app.signIn()
    await app.ask('/logout', { method: 'POST', cookie })
    for (const dead of [cookie, `${COOKIE}=x`, `${COOKIE}=e30.e30.e30`]) {
      const answer = await app.ask('/signin', { as: 'browser', cookie: dead })
      assert.equal(answer.status, 200)
      assert.match(answer.setCookies.join(), /^__Host-token=; Max-Age=0/)
    }
  })

  test('says one of a fixed set of sentences, and nothing else that a link asks for', async () => {
    for (const [notice, { text }] of Object.entries(notices)) {
      assert.ok((await app.ask(`/signin?notice=${notice}`)).body.includes(text), notice)
    }
    const plain = (await app.ask('/signin')).body
    for (const notice of ['', 'nothing', '__proto__', 'constructor', 'toString', '<b>hello</b>']) {
      assert.equal((await app.ask(`/signin?notice=${encodeURIComponent(notice)}`)).body, plain, notice)
    }
  })

  test('says so while nobody has an account', async () => {
    const empty = await openApp()
    assert.match((await empty.ask('/signin', { as: 'browser' })).body, /Nobody has an account here yet/)
    assert.doesNotMatch((await app.ask('/signin', { as: 'browser' })).body, /Nobody has an account/)
  })
})

describe('POST /signin', () => {
  const ways: Record<string, Asked> = {
    form: { form: good },
    JSON: { json: good },
    'JSON that curl -d sends as a form': {
      body: JSON.stringify(good),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    'JSON with a charset, in other case': {
      body: JSON.stringify(good),
      headers: { 'content-type': 'Application/JSON; charset=utf-8' },
    },
  }
  for (const [way, asked] of Object.entries(ways)) {
    test(`signs in a script that sends a ${way}, and says when the token ends`, async () => {
      for (const as of ['curl', 'json'] as const) {
        const answer = await app.ask('/signin', { as, ...asked })
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
        assert.deepEqual(JSON.parse(answer.body), {
          username: 'user1',
          expires_at: START + 300,
          refresh_from: START + 270,
        })
        assert.equal(answer.setCookies.length, 1)
        assert.ok(await app.isLive(answer.setCookies[0]?.split(';')[0] ?? ''))
      }
    })

    test(`sends a browser that sends a ${way} on with 303`, async () => {
      const answer = await app.ask('/signin', { as: 'browser', ...asked })
      assert.deepEqual([answer.status, answer.location, answer.body], [303, '/welcome', ''])
    })
  }

  test('goes to next after a form, and to the welcome page when next leads away', async () => {
    for (const [next, location] of [
      ['/a?b=c#d', '/a?b=c#d'],
      ['//evil.test', '/welcome'],
      ['https://evil.test', '/welcome'],
      ['', '/welcome'],
    ] as const) {
      const answer = await app.ask('/signin', { as: 'browser', form: { ...good, next } })
      assert.deepEqual([answer.status, answer.location], [303, location])
    }
  })

  test('takes the username in any case, and shows it as it was made', async () => {
    const answer = await app.ask('/signin', { json: { ...good, username: 'USER1' } })
    assert.equal(JSON.parse(answer.body).username, 'user1')
  })

  const refused: Record<string, { username: string; password: string }> = {
    'wrong password': { username: 'user1', password: 'quite another sentence' },
    'wrong user': { username: 'nobody', password: GOOD_PASSWORD },
    disabled: { username: 'disabled', password: GOOD_PASSWORD },
    'a name that cannot be one': { username: '<b>', password: GOOD_PASSWORD },
    'password with a space after it': { username: 'user1', password: `${GOOD_PASSWORD} ` },
  }
  test('wrong user, wrong password and disabled are one answer, to a script and to a browser', async () => {
    await app.deps.accounts.change(await app.addUser('disabled'), { status: 'disabled' }, FROM_TEST)
    for (const as of ['curl', 'json', 'browser'] as const) {
      const seen = new Set<string>()
      for (const [why, form] of Object.entries(refused)) {
        const answer = await app.ask('/signin', { as, form })
        assert.equal(answer.status, 401, why)
        assert.deepEqual(answer.setCookies, [], why)
        const shown = form.username.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
        const body = answer.body
          .replace(/"request_id":"[^"]+"/, '')
          .replace(`value="${shown}"`, 'value="NAME"')
        seen.add(JSON.stringify([...answer.headers, body]))
      }
      assert.equal(seen.size, 1, [...seen].join('\n'))
    }
    assert.equal(problemOf(await app.ask('/signin', { json: refused.disabled })).code, 'wrong_credentials')
  })

  test('a browser that is refused gets the form again with its name and way back, never the password', async () => {
    const password = 'some other plain sentence'
    const answer = await app.ask('/signin', {
      as: 'browser',
      form: { username: 'user1', password, next: '/a' },
    })
    assert.ok(isPage(answer))
    assert.match(answer.body, /value="user1"/)
    assert.match(answer.body, /name="next" value="\/a"/)
    assert.match(answer.body, /role="alert"/)
    assert.ok(!answer.body.includes(password))
  })

  test('a 401 says how to authenticate (RFC 9110 15.5.2), to browsers too', async () => {
    for (const as of ['curl', 'browser'] as const) {
      const answer = await app.ask('/signin', { as, form: { ...good, password: 'wrong' } })
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="latchkey"', as)
    }
  })

  test('a refused sign-in leaves the session of before as it is', async () => {
    const { cookie } = await app.signIn()
    assert.equal((await app.ask('/signin', { cookie, form: { ...good, password: 'wrong' } })).status, 401)
    assert.ok(await app.isLive(cookie))
  })

  test('T10, CVE-2022-25896: what was there before a sign-in is worth nothing after it', async () => {
    const { cookie: before } = await app.signIn()
    for (const cookie of [before, `${COOKIE}=chosen-by-somebody`, `sid=1; session=2; ${COOKIE}=a.b.c`]) {
      const answer = await app.ask('/signin', { cookie, form: good })
      const fresh = answer.setCookies[0]?.split(';')[0] ?? ''
      assert.notEqual(fresh, cookie)
      assert.ok(await app.isLive(fresh))
      assert.ok(!(await app.isLive(cookie)))
    }
  })

  test('T10: signing in as another ends the session of the first', async () => {
    const { cookie: first } = await app.signIn()
    await app.addUser('user2')
    const answer = await app.ask('/signin', { cookie: first, form: { ...good, username: 'user2' } })
    const second = answer.setCookies[0]?.split(';')[0] ?? ''
    assert.equal((await app.ask('/welcome', { cookie: second })).body, 'Welcome user2!')
    assert.equal((await app.ask('/welcome', { cookie: first })).status, 401)
  })
})
