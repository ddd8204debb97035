import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answer, answering, PUBLIC_URL } from './chain.testing.ts'
import { cookieHeader, cookiesOf, reaches, setsOurs, signIn, signOut } from './session.ts'

const TOKEN = '__Secure-token=a.b.c; Domain=.Example.test; Path=/; HttpOnly'
const REFRESH = '__Host-refresh=r=s; Path=/; Secure'
const ACCOUNT = { username: 'ada', password: 'never to be said' }

describe('the session of the doctor', () => {
  it('has the cookies that an answer sets, and not those that it clears', () => {
    const { token, refresh } = cookiesOf(['other=1', TOKEN, REFRESH])
    assert.deepEqual(token, { name: '__Secure-token', value: 'a.b.c', domain: 'example.test' })
    assert.deepEqual(refresh, { name: '__Host-refresh', value: 'r=s', domain: null })
    assert.equal(cookieHeader([token, null, refresh]).Cookie, '__Secure-token=a.b.c; __Host-refresh=r=s')
    assert.deepEqual(cookiesOf(['token=; Max-Age=0', 'my-token=1', '__Host-refresh=']), {
      token: null,
      refresh: null,
    })
  })

  it('tells our cookies from those of an app', () => {
    assert.ok(setsOurs(['a=1', TOKEN]))
    assert.ok(setsOurs(['__Host-sent-back=; Max-Age=0']))
    assert.ok(!setsOurs(['token=1', '__Host-session=1', 'x=__Host-token=1']))
  })

  for (const [domain, host, expected] of [
    [null, 'auth.example.test', true],
    [null, 'app.example.test', false],
    ['example.test', 'app.example.test', true],
    ['example.test', 'example.test', true],
    ['example.test', 'badexample.test', false],
    ['example.test', 'app.example.org', false],
  ] as const)
    it(`a cookie of ${domain} ${expected ? 'reaches' : 'does not reach'} ${host}`, () =>
      assert.equal(reaches({ domain }, 'auth.example.test', host), expected))

  it('knows the role by asking for it', async () => {
    const me = answer(200, { text: '{"sub":"x","role":"admin"}' })
    const { ask, asked } = answering(answer(200, { setCookies: [TOKEN, REFRESH] }), me)
    const who = await signIn(ask, PUBLIC_URL, ACCOUNT)
    assert.ok(who.kind === 'signed-in' && who.role === 'admin' && who.refresh)
    assert.deepEqual(
      asked.map(({ url }) => url),
      [`${PUBLIC_URL}/signin`, `${PUBLIC_URL}/v1/me`],
    )
  })

  it('is none where the password is wrong, and where nobody of ours answers', async () => {
    const wrong = { title: 'No', code: 'wrong_credentials', request_id: 'r' }
    for (const [reply, kind] of [
      [answer(401, { text: JSON.stringify(wrong) }), 'wrong-credentials'],
      [answer(401), 'not-answered'],
      [answer(200), 'not-answered'],
      [answer(503, { setCookies: [TOKEN] }), 'not-answered'],
      [{ kind: 'unreachable', code: 'X' }, 'not-answered'],
    ] as const)
      assert.equal((await signIn(answering(reply).ask, PUBLIC_URL, ACCOUNT)).kind, kind)
  })

  it('is over when Latchkey says so, and not before', async () => {
    assert.equal(await signOut(answering(answer(204)).ask, PUBLIC_URL, []), true)
    assert.equal(await signOut(answering(answer(503)).ask, PUBLIC_URL, []), false)
    assert.equal(await signOut(answering().ask, PUBLIC_URL, []), false)
  })
})
