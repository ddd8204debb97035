import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoreUnavailable } from '../../stores/store-unavailable.ts'
import { problemOf, refusalOf } from '../answers.testing.ts'
import { APP, FAMILIES, type Family, forwardHeaders, openForwardAuth } from '../forward-auth.testing.ts'
import { type Answer, COOKIE, FROM_TEST, PUBLIC_URL } from '../requests.testing.ts'

const IDENTITY = ['remote-user', 'remote-name', 'remote-email', 'remote-groups', 'remote-assertion']
const PAGE = `${APP}/wiki/a%20page?q=a+b&r=%2F`
const SIGN_IN = `${PUBLIC_URL}/signin?next=${encodeURIComponent(PAGE)}`
const JSON_ONLY = { as: 'json' } as const
// pino's number of it.
const DEBUG = 20

function assertNotIn(answer: Answer): void {
  for (const name of IDENTITY) assert.equal(answer.headers.get(name), null, name)
}

const redirectStatus = (family: Family) => (family === 'nginx' ? 401 : 302)

for (const family of FAMILIES)
  describe(`T18 forward auth for ${family}`, () => {
    it('lets a live session pass, with all that is known of the user, and the rest empty', async () => {
      const { check, begin, addUser, deps } = await openForwardAuth()
      const { cookie, token } = await begin()
      for (const shown of [{ cookie }, { bearer: token }]) {
        const { status, body, headers } = await check(family, shown)
        assert.equal(status, 200)
        assert.equal(body, '')
        assert.deepEqual(
          IDENTITY.slice(0, 4).map((name) => headers.get(name)),
          ['user1', '', '', 'user'],
        )
        assert.match(headers.get('remote-assertion') ?? '', /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
      }
      const user = await addUser('ada')
      await deps.accounts.change(user, { name: 'Ada Lovelace', email: 'ada@example.test' }, FROM_TEST)
      const { headers } = await check(family, { cookie: (await begin('ada')).cookie })
      assert.deepEqual(
        IDENTITY.slice(0, 4).map((name) => headers.get(name)),
        ['ada', 'Ada Lovelace', 'ada@example.test', 'user'],
      )
    })

    it('writes names in UTF-8, and nothing that could end a header', async () => {
      const { check, begin, addUser, deps } = await openForwardAuth()
      const user = await addUser('jörg')
      await deps.accounts.change(user, { name: 'Jörg 李\r\nRemote-Groups: admin' }, FROM_TEST)
      const { headers } = await check(family, { cookie: (await begin('jörg')).cookie })
      const read = (name: string) => Buffer.from(headers.get(name) ?? '', 'latin1').toString()
      assert.equal(read('remote-user'), 'jörg')
      assert.equal(read('remote-name'), 'Jörg 李  Remote-Groups: admin')
      assert.equal(headers.get('remote-groups'), 'user')
    })

    it('sends a page load without a session to the sign-in page, which leads back, query and all', async () => {
      const { check } = await openForwardAuth()
      for (const method of ['GET', 'HEAD']) {
        for (const asked of [{}, { as: 'curl', headers: { 'sec-fetch-mode': 'navigate' } } as const]) {
          const answer = await check(family, { original: { method, url: PAGE }, ...asked })
          assert.equal(answer.status, redirectStatus(family))
          assert.equal(answer.location, SIGN_IN)
          assertNotIn(answer)
        }
      }
    })

    it('answers 401 to whatever is no page load', async () => {
      const { check } = await openForwardAuth()
      for (const asked of [
        JSON_ONLY,
        { as: 'curl' } as const,
        { original: { method: 'POST' } },
        { original: { method: 'DELETE' } },
        { headers: { 'sec-fetch-mode': 'cors' } },
        { headers: { 'sec-fetch-mode': 'websocket', upgrade: 'websocket' } },
        { headers: { 'sec-fetch-mode': 'no-cors' } },
      ]) {
        const answer = await check(family, asked)
        assert.equal(answer.status, 401, JSON.stringify(asked))
        assert.equal(answer.location, null)
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
        assertNotIn(answer)
      }
      assert.deepEqual(refusalOf(await check(family, JSON_ONLY)), [401, 'not_signed_in'])
      assert.match((await check(family, { original: { method: 'POST' } })).body, /^Not signed in\. /)
    })

    it('asks for a role: 403 for whoever has it not, never the sign-in page', async () => {
      const { check, begin, addUser, deps } = await openForwardAuth()
      const root = await addUser('root')
      await deps.accounts.change(root, { role: 'admin' }, FROM_TEST)
      const [user, admin] = [await begin('ada'), await begin('root')]
      const status = async (cookie: string, query: string) => (await check(family, { cookie, query })).status
      assert.equal(await status(user.cookie, '?role=admin'), 403)
      assert.equal(await status(user.cookie, '?role=user'), 200)
      assert.equal(await status(admin.cookie, '?role=admin'), 200)
      assert.equal(await status(admin.cookie, '?role=user'), 200)
      const { headers } = await check(family, { cookie: admin.cookie, query: '?role=admin' })
      assert.equal(headers.get('remote-groups'), 'admin')
      const answer = await check(family, { cookie: user.cookie, query: '?role=admin', ...JSON_ONLY })
      assert.deepEqual(refusalOf(answer), [403, 'wrong_role'])
      assertNotIn(answer)
      assert.equal((await check(family, { query: '?role=admin' })).status, redirectStatus(family))
    })

    it('refuses a query that it does not know, so that a slip opens nothing (GHSA-7rh7-c77v-6434)', async () => {
      const { check, begin } = await openForwardAuth()
      const { cookie } = await begin()
      for (const query of [
        ...['?role=Admin', '?role=', '?role', '?roles=admin', '?Role=admin', '?role=admin&role=user', '?x=1'],
        ...['?role=admin&x=1', '?role=user&role=admin', '?role%3Dadmin', '?role=user%00', '?%72ole=admin'],
      ])
        assert.deepEqual(
          refusalOf(await check(family, { cookie, query, ...JSON_ONLY })),
          [400, 'bad_forward'],
          query,
        )
    })

    it('renews nothing and says why: an expired, an ended, a made-up token', async () => {
      const { check, beginRemembered, deps, clock, stored } = await openForwardAuth()
      const { cookie, refreshCookie, sid } = await beginRemembered()
      const before = await stored(sid)
      clock.advance(301)
      const expired = await check(family, { cookie: `${cookie}; ${refreshCookie}`, original: { url: PAGE } })
      assert.equal(expired.location, `${SIGN_IN}&notice=expired`)
      assert.deepEqual(await stored(sid), before)
      await deps.endings.one(sid, 'ended-elsewhere', FROM_TEST)
      const ended = await check(family, { cookie, original: { url: PAGE } })
      assert.equal(ended.location, `${SIGN_IN}&notice=ended-elsewhere`)
      assert.equal(
        (await check(family, { cookie: `${cookie.slice(0, -8)}AAAAAAAA` })).location?.includes('notice'),
        false,
      )
    })

    it('is refused from the next request on when the session is ended, the user disabled or deleted', async () => {
      const { check, begin, addUser, deps } = await openForwardAuth()
      const status = async (cookie: string) => (await check(family, { cookie, ...JSON_ONLY })).status
      const endings: Record<string, (sid: string) => Promise<unknown>> = {
        ada: (sid) => deps.endings.one(sid, 'signed-out', FROM_TEST),
        bob: async () => deps.accounts.change(await addUser('bob'), { status: 'disabled' }, FROM_TEST),
        eve: async () => deps.accounts.delete(await addUser('eve'), FROM_TEST),
      }
      for (const [username, end] of Object.entries(endings)) {
        const { cookie, sid } = await begin(username)
        assert.equal(await status(cookie), 200)
        await end(sid)
        assert.equal(await status(cookie), 401, username)
      }
    })

    it('takes a bad Bearer token for what it is, whatever the cookie says', async () => {
      const { check, begin } = await openForwardAuth()
      const { cookie } = await begin()
      const answer = await check(family, { cookie, bearer: 'x', ...JSON_ONLY })
      assert.deepEqual(refusalOf(answer), [401, 'invalid_token'])
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
      // What is for the app, as Basic is, is not ours to judge.
      assert.equal((await check(family, { cookie, headers: { authorization: 'Basic eDp5' } })).status, 200)
    })

    it('takes no assertion back: an app cannot be at another one who its visitor is', async () => {
      const { check, begin } = await openForwardAuth({ tokenAudiences: [APP] })
      const { headers } = await check(family, { cookie: (await begin()).cookie })
      const assertion = headers.get('remote-assertion') ?? assert.fail()
      for (const asked of [
        ...[{ bearer: assertion }, { cookie: `${COOKIE}=${assertion}` }],
        { headers: { 'remote-assertion': assertion } },
      ])
        assert.equal((await check(family, { ...JSON_ONLY, ...asked })).status, 401, JSON.stringify(asked))
    })

    it('believes only a proxy that TRUSTED_PROXIES names, whoever is signed in (T18)', async () => {
      const { check, begin, logged } = await openForwardAuth()
      const { cookie } = await begin()
      for (const peer of ['10.0.0.2', '127.0.0.1', '::1', '2001:db8::1']) {
        const answer = await check(family, { cookie, peer, ...JSON_ONLY })
        assert.deepEqual(refusalOf(answer), [403, 'untrusted_proxy'])
        assertNotIn(answer)
        // What it says of others does not make it one.
        const said = { cookie, peer, ...JSON_ONLY, headers: { 'x-forwarded-for': '10.0.0.1' } }
        assert.equal((await check(family, said)).status, 403)
      }
      assert.equal((await check(family, { cookie, peer: '::ffff:10.0.0.1' })).status, 200)
      assert.ok(logged.some((line) => line.includes('"code":"untrusted_proxy","peer":"2001:db8::1"')))
    })

    it('writes no line into the log for who is not signed in, and one for what it does not understand, that says what', async () => {
      const { check, logged } = await openForwardAuth()
      assert.equal((await check(family, JSON_ONLY)).status, 401)
      await check(family, { original: { url: PAGE } })
      assert.deepEqual(
        logged.map((line) => JSON.parse(line).level),
        [DEBUG, DEBUG],
      )
      await check(family, { query: '?role=Admin', ...JSON_ONLY })
      await check(family, { original: { url: 'ftp://app.example.test/' }, ...JSON_ONLY })
      const refused = logged.filter((line) => line.includes('forward_auth.refused'))
      assert.deepEqual(
        refused.map((line) => JSON.parse(line).bad),
        ['query', 'headers'],
      )
    })

    it('refuses when one of the headers is missing or there twice (GHSA-5hvv-m4w4-gf6v)', async () => {
      const { check, begin } = await openForwardAuth()
      const { cookie } = await begin()
      const all = forwardHeaders(family, 'GET', PAGE)
      for (const [name, value] of Object.entries(all)) {
        const twice = await check(family, { cookie, ...JSON_ONLY, more: [[name, value]] })
        assert.deepEqual(refusalOf(twice), [400, 'bad_forward'], `${name} twice`)
        const empty = await check(family, { cookie, ...JSON_ONLY, headers: { [name]: '' } })
        assert.deepEqual(refusalOf(empty), [400, 'bad_forward'], `no ${name}`)
      }
    })

    it('reads only the headers of its own proxies (CVE-2026-40575, GHSA-7x63-xv5r-3p2x)', async () => {
      const { check, begin } = await openForwardAuth()
      const { cookie } = await begin()
      const other = family === 'nginx' ? 'caddy' : 'nginx'
      const answer = await check(family, {
        original: { url: PAGE },
        headers: { ...forwardHeaders(other, 'POST', 'https://evil.test/'), 'user-agent': 'GoogleHC/1.0' },
      })
      assert.equal(answer.location, SIGN_IN)
      const none = Object.fromEntries(Object.keys(forwardHeaders(family, '', '')).map((name) => [name, '']))
      const headers = { ...none, ...forwardHeaders(other, 'GET', PAGE) }
      assert.deepEqual(refusalOf(await check(family, { cookie, headers, ...JSON_ONLY })), [
        400,
        'bad_forward',
      ])
    })

    it('lets nobody in at an origin that RETURN_TO does not name', async () => {
      const { check, begin } = await openForwardAuth({ returnTo: [APP, 'https://*.apps.example.test'] })
      const { cookie } = await begin()
      const refusal = async (url: string) => {
        const answer = await check(family, { cookie, original: { url }, ...JSON_ONLY })
        return answer.status === 200 ? 200 : refusalOf(answer)
      }
      for (const url of ['https://one.apps.example.test/', `${PUBLIC_URL}/wiki`])
        assert.equal(await refusal(url), 200)
      for (const url of [
        ...['https://evil.test/', 'http://app.example.test/', 'https://app.example.test:8443/'],
        ...[
          'https://a.b.apps.example.test/',
          'https://app.example.test.evil.test/',
          'https://apps.example.test/',
        ],
      ])
        assert.deepEqual(await refusal(url), [403, 'unknown_app'], url)
    })

    it('has one rule for a host, however it is written (CVE-2026-48794)', async () => {
      const { check } = await openForwardAuth()
      for (const host of [
        'APP.example.TEST',
        'app.example.test.',
        'app.example.test:443',
        'App.Example.Test.:443',
      ]) {
        const answer = await check(family, { original: { url: `https://${host}/x?y` } })
        assert.equal(answer.location, `${PUBLIC_URL}/signin?next=${encodeURIComponent(`${APP}/x?y`)}`, host)
      }
    })

    it('leads back to the front page when the address is too long to carry along, and takes a backslash in a query', async () => {
      const { check } = await openForwardAuth()
      const long = await check(family, { original: { url: `${APP}/${'a'.repeat(2100)}` } })
      assert.equal(long.location, `${PUBLIC_URL}/signin?next=${encodeURIComponent(`${APP}/`)}`)
      const odd = await check(family, { original: { url: `${APP}/?q=a\\b` } })
      assert.equal(odd.location, `${PUBLIC_URL}/signin?next=${encodeURIComponent(`${APP}/?q=a%5Cb`)}`)
    })

    it('of an app on our own origin leads back by its path', async () => {
      const { check } = await openForwardAuth()
      const answer = await check(family, { original: { url: `${PUBLIC_URL}/wiki?q=1` } })
      assert.equal(answer.location, `${PUBLIC_URL}/signin?next=%2Fwiki%3Fq%3D1`)
    })

    it('lets nobody in while the store does not answer: 503, never 200', async (t) => {
      const { check, begin, deps, clock } = await openForwardAuth()
      const { cookie } = await begin()
      t.mock.method(deps.sessionStore, 'find', () =>
        Promise.reject(new StoreUnavailable('away', { cause: new Error('away') })),
      )
      // The revocation log was not heard of for too long.
      clock.advance(20)
      const answer = await check(family, { cookie, ...JSON_ONLY })
      assert.equal(answer.status, 503)
      assert.equal(problemOf(answer).code, 'store_down')
      assertNotIn(answer)
    })

    it('lets in whom it looked up half a minute ago while the database of users does not answer, and nobody else', async (t) => {
      const { check, begin, deps, clock } = await openForwardAuth()
      const { cookie } = await begin()
      assert.equal((await check(family, { cookie, ...JSON_ONLY })).status, 200)
      t.mock.method(deps.accounts, 'find', () =>
        Promise.reject(new StoreUnavailable('away', { cause: new Error('away') })),
      )
      clock.advance(29)
      await deps.revocations.poll()
      assert.equal((await check(family, { cookie, ...JSON_ONLY })).status, 200)
      clock.advance(1)
      const answer = await check(family, { cookie, ...JSON_ONLY })
      assert.deepEqual(refusalOf(answer), [503, 'store_down'])
      assertNotIn(answer)
    })

    it(`gives ${family === 'traefik' ? 'back what of Cookie and Authorization is for the app' : 'back no header of the client'}`, async () => {
      const { check, begin } = await openForwardAuth()
      const { cookie, token } = await begin()
      const given = async (shown: { cookie?: string; headers?: Record<string, string> }) => {
        const { status, headers } = await check(family, shown)
        assert.equal(status, 200)
        return [headers.get('cookie'), headers.get('authorization')]
      }
      const [cookies, basic] = family === 'traefik' ? ['a=1; b=2', 'Basic YTpi'] : [null, null]
      const more = { authorization: 'Basic YTpi' }
      assert.deepEqual(await given({ cookie: `a=1; ${cookie}; b=2; __Host-refresh=x`, headers: more }), [
        cookies,
        basic,
      ])
      assert.deepEqual(await given({ cookie }), [null, null])
      assert.deepEqual(await given({ headers: { authorization: `Bearer ${token}` } }), [null, null])
    })

    it('answers 405 to anything but GET and HEAD', async () => {
      const { check } = await openForwardAuth()
      for (const method of ['POST', 'PUT', 'DELETE']) {
        const answer = await check(family, { method, ...JSON_ONLY })
        assert.equal(answer.status, 405)
        assert.equal(answer.headers.get('allow'), 'GET, HEAD')
      }
    })
  })
