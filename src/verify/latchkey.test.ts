import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { Hono } from 'hono'
import { type LatchkeyEnv, latchkey, type OptionalLatchkeyEnv } from './index.ts'
import { holdTimers, ISSUER, releaseTimers, type StandIn, standIn, verifierOf } from './stand-in.testing.ts'

beforeEach(holdTimers)
afterEach(releaseTimers)

async function open(server?: StandIn) {
  const stand = server ?? (await standIn())
  const { verifier } = verifierOf(stand)
  if (!server) await verifier.ready()
  const app = new Hono<LatchkeyEnv>()
    .use('/notes', latchkey({ verifier }))
    .use('/admin', latchkey({ verifier, role: 'admin' }))
    .get('/notes', (c) => c.text(`notes of ${c.get('user').username}`))
    .get('/admin', (c) => c.text(`admin ${c.var.user.username}`))
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await app.request(path, { headers })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { stand, verifier, app, ask }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('latchkey()', () => {
  it('lets a signed-in user pass, by Bearer or by the cookie, and tells the app who it is', async () => {
    const { stand, ask } = await open()
    const { token } = await stand.issue()
    for (const headers of [bearer(token), { cookie: `a=b; __Host-token=${token}` }]) {
      const { status, text } = await ask('/notes', headers)
      assert.deepEqual([status, text], [200, 'notes of user1'])
    }
  })

  it('answers 401 to nobody, and asks for a Bearer token', async () => {
    const { ask } = await open()
    const { status, headers, text } = await ask('/notes')
    assert.equal(status, 401)
    assert.equal(headers.get('www-authenticate'), 'Bearer')
    assert.equal(headers.get('content-type'), 'application/problem+json')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.deepEqual(JSON.parse(text), {
      ...{ title: 'Not signed in', status: 401, code: 'not_signed_in', detail: 'Sign in to go on.' },
    })
  })

  it('answers 401 to a bad token, says that it is bad, and names the same codes as Latchkey', async () => {
    const { stand, ask } = await open()
    const [expired, ended, foreign] = [
      await stand.issue({ lifeSeconds: 1 }),
      await stand.issue(),
      await stand.issue({ audiences: ['x'] }),
    ]
    stand.revoke(ended.claims.sid)
    await stand.advance(2)
    for (const [token, code] of [
      ['', 'invalid_token'],
      ['x', 'invalid_token'],
      [foreign.token, 'invalid_token'],
      [expired.token, 'expired_token'],
      [ended.token, 'session_ended'],
    ] as const) {
      for (const headers of [bearer(token), ...(token ? [{ cookie: `__Host-token=${token}` }] : [])]) {
        const answer = await ask('/notes', headers)
        assert.deepEqual([answer.status, JSON.parse(answer.text).code], [401, code])
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"')
        assert.ok(token.length < 2 || !answer.text.includes(token))
      }
    }
  })

  it('refuses two cookies of one name, and a bad Bearer token beside a good cookie', async () => {
    const { stand, ask } = await open()
    const { token } = await stand.issue()
    const cookie = `__Host-token=${token}`
    for (const headers of [
      { cookie: `${cookie}; ${cookie}` },
      { cookie, ...bearer('x') },
      { cookie, ...bearer('') },
    ])
      assert.equal((await ask('/notes', headers)).status, 401)
  })

  it('answers 403 to a user of another role, and lets that role pass', async () => {
    const { stand, ask } = await open()
    const [user, admin] = [await stand.issue(), await stand.issue({ role: 'admin' })]
    const refused = await ask('/admin', bearer(user.token))
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [403, 'wrong_role'])
    assert.equal((await ask('/admin', bearer(admin.token))).text, 'admin user1')
    assert.equal((await ask('/admin')).status, 401)
  })

  it('answers 503 to a token while nobody can know, and 401 to none', async () => {
    const stand = await standIn()
    stand.goAway()
    const { ask } = await open(stand)
    const { token } = await stand.issue()
    const { status, headers, text } = await ask('/notes', bearer(token))
    assert.deepEqual([status, JSON.parse(text).code], [503, 'sign_in_unavailable'])
    assert.equal(headers.get('retry-after'), '5')
    assert.equal((await ask('/admin', bearer(token))).status, 503)
    assert.equal((await ask('/notes')).status, 401)
  })

  it('never reaches the handler of whom it refuses', async () => {
    const { stand, verifier } = await open()
    const app = new Hono().use(latchkey({ verifier })).all('*', () => assert.fail('it was reached'))
    const { token } = await stand.issue({ audiences: ['x'] })
    for (const headers of [{}, bearer(token), bearer('x')])
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS'])
        assert.equal((await app.request('/', { method, headers })).status, 401)
  })

  it('judges as verifyRequest does, and does nothing else with a request', async () => {
    const { stand, verifier } = await open()
    const { token } = await stand.issue()
    const asked = mock.method(verifier, 'verifyRequest')
    const cookies = ['other']
    const app = new Hono().use(latchkey({ verifier, cookies })).get('/', (c) => c.text('good'))
    assert.equal((await app.request('/', { headers: { cookie: `other=${token}` } })).status, 200)
    const [headers, names] = asked.mock.calls[0]?.arguments ?? assert.fail()
    assert.ok(headers instanceof Headers && headers.get('cookie') === `other=${token}`)
    assert.deepEqual([names, asked.mock.callCount()], [cookies, 1])
  })

  it('has its name, for traces and lists of routes', async () => {
    const { verifier } = await open()
    assert.equal(latchkey({ verifier }).name, 'latchkey')
  })

  it('with `cookies: []` takes Bearer only', async () => {
    const { stand, verifier } = await open()
    const app = new Hono<LatchkeyEnv>()
      .use(latchkey({ verifier, cookies: [] }))
      .get('/', (c) => c.text(c.var.user.sub))
    const { token, claims } = await stand.issue()
    assert.equal((await app.request('/', { headers: { cookie: `__Host-token=${token}` } })).status, 401)
    assert.equal(await (await app.request('/', { headers: bearer(token) })).text(), claims.sub)
  })

  it('cannot be told to ask for a role and to leave it to the app', async () => {
    const { verifier } = await open()
    assert.throws(() => latchkey({ verifier, role: 'root' as 'admin' }), TypeError)
    assert.throws(() => latchkey({ verifier, role: 'admin', required: false } as never), TypeError)
    assert.throws(() => latchkey({ issuer: `${ISSUER}/` }), TypeError)
  })
})

describe('latchkey({ required: false })', () => {
  it('leaves it to the app, which can tell signed out from not knowing', async () => {
    const stand = await standIn()
    const { verifier } = verifierOf(stand, { maxStaleSeconds: 10 })
    await verifier.ready()
    const app = new Hono<OptionalLatchkeyEnv>().use(latchkey({ verifier, required: false })).get('/', (c) => {
      const { user, latchkey: presented } = c.var
      return c.text(
        `${user?.username ?? 'nobody'} ${presented.kind === 'refused' ? presented.reason : presented.kind}`,
      )
    })
    const ask = async (headers = {}) => (await app.request('/', { headers })).text()
    const { token, claims } = await stand.issue()
    assert.equal(await ask(), 'nobody missing')
    assert.equal(await ask(bearer('x')), 'nobody malformed')
    assert.equal(await ask(bearer(token)), 'user1 live')
    stand.revoke(claims.sid)
    await stand.advance(0.5)
    assert.equal(await ask(bearer(token)), 'nobody revoked')
    stand.goAway()
    await stand.advance(12)
    assert.equal(await ask(bearer(token)), 'nobody unavailable')
    assert.equal(await ask(), 'nobody missing')
  })
})
