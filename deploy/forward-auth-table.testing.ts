import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { type Answer, ask, type Header, WEBSOCKET } from './ask.testing.ts'
import type { Asked } from './echo-app.testing.ts'
import {
  ADMIN_PATH,
  APP_HOST,
  AUTH_HOST,
  openSite,
  type Site,
  type StartProxy,
} from './forward-auth.testing.ts'
import { type People, signInPeople } from './forward-auth-people.testing.ts'
import { identityOf, type Rows, WHO } from './forward-auth-seen.testing.ts'
import { smugglingRows } from './forward-auth-smuggling.testing.ts'
import { spellingRows } from './forward-auth-spellings.testing.ts'
import { spoofRows } from './forward-auth-spoofs.testing.ts'
import { strippedRows } from './forward-auth-stripped.testing.ts'

/** For tests only: what must be so behind each proxy, written once. */

const PAGE: Header[] = [
  ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ['Sec-Fetch-Mode', 'navigate'],
]
const PATH = '/wiki/a%20b?q=1&next=%2Fwelcome&x=a+b'

const REQUESTS: { name: string; method: string; headers: readonly Header[]; body?: string; isPage?: true }[] =
  [
    { name: 'GET of a page', method: 'GET', headers: PAGE, isPage: true },
    { name: 'GET of a page by an old browser', method: 'GET', headers: PAGE.slice(0, 1), isPage: true },
    { name: 'HEAD of a page', method: 'HEAD', headers: PAGE, isPage: true },
    { name: 'POST of a form', method: 'POST', headers: PAGE, body: 'title=milk' },
    {
      name: 'XHR',
      method: 'GET',
      headers: [
        ['Accept', 'application/json'],
        ['Sec-Fetch-Mode', 'cors'],
      ],
    },
    {
      name: 'XHR for a piece of a page',
      method: 'GET',
      headers: [
        ['Accept', 'text/html'],
        ['Sec-Fetch-Mode', 'cors'],
      ],
    },
    { name: 'WebSocket', method: 'GET', headers: WEBSOCKET },
  ]

const NOT_SIGNED_IN = ['nobody', 'expired', 'revoked'] as const

/** Declares the whole table for one proxy. `skip` says why it is left out, and false that it is not. */
export function forwardAuthTable(proxy: string, startProxy: StartProxy | null, skip: string | false): void {
  describe(`T18 an app behind ${proxy}`, { skip }, () => {
    let site: Site
    let people: People
    before(async () => {
      assert.ok(startProxy, `CI needs ${proxy}`)
      site = await openSite(startProxy)
      people = await signInPeople(site)
    })
    after(() => site?.stop())

    /** Asks, and says what has reached the app meanwhile. */
    const rows: Rows = {
      site: () => site,
      people: () => people,
      async asks(method, path, asking) {
        const before = site.app.asked.length
        const answer = await ask(site, method, path, asking)
        return { ...answer, seen: site.app.asked.slice(before) }
      },
    }
    const { asks } = rows
    const cookieOf = (who: keyof typeof WHO | (typeof NOT_SIGNED_IN)[number]): Header[] =>
      who === 'nobody' ? [] : [people[who]]

    for (const { name, method, headers, body = '', isPage } of REQUESTS) {
      for (const who of NOT_SIGNED_IN)
        it(`${name}, ${who}: ${isPage ? 'leads to the sign-in page, and back to the very address' : '401'}`, async () => {
          const answer = await asks(method, PATH, { headers: [...headers, ...cookieOf(who)], body })
          assert.deepEqual(answer.seen, [])
          assert.deepEqual(answer.setCookies, [])
          assert.equal(answer.status, isPage ? 302 : 401)
          assert.equal(nextOf(site, answer), isPage ? `${site.url}${PATH}` : undefined)
        })

      for (const who of ['ada', 'root'] as const)
        it(`${name}, signed in as ${who}: reaches the app as it is, with who that is`, async () => {
          const answer = await asks(method, PATH, { headers: [...headers, ...cookieOf(who)], body })
          assert.equal(answer.status, name === 'WebSocket' ? 101 : 200, answer.text)
          assert.equal(answer.seen.length, 1)
          const [seen] = answer.seen as [Asked]
          assert.deepEqual([seen.method, seen.url, seen.body], [method, PATH, body])
          assert.deepEqual(identityOf(seen), WHO[who])
          if (name === 'XHR' || name === 'WebSocket') assert.deepEqual(JSON.parse(answer.text), seen)
        })

      it(`${name} of a part for another role: 403`, async () => {
        const answer = await asks(method, `${ADMIN_PATH}?q=1`, { headers: [...headers, people.ada], body })
        assert.deepEqual([answer.status, answer.location, answer.seen], [403, undefined, []])
      })

      it(`${name} of a part for the own role: reaches the app`, async () => {
        const answer = await asks(method, `${ADMIN_PATH}?q=1`, { headers: [...headers, people.root], body })
        assert.deepEqual(answer.seen.map(identityOf), [WHO.root])
      })

      it(`${name} of a part for a role, signed out: as anywhere`, async () => {
        const answer = await asks(method, ADMIN_PATH, { headers, body })
        assert.deepEqual([answer.status, answer.seen], [isPage ? 302 : 401, []])
        assert.equal(nextOf(site, answer), isPage ? `${site.url}${ADMIN_PATH}` : undefined)
      })
    }

    it('a session that was ended leads to the sign-in page, which says so', async () => {
      const { location = '' } = await asks('GET', PATH, { headers: [...PAGE, people.revoked] })
      assert.equal(new URL(location).searchParams.get('notice'), 'ended-elsewhere')
    })

    it('who is expired but remembered comes back to the page without a word, query and all', async () => {
      const jar = people.remembered
      const atApp = () => asks('GET', PATH, { headers: [...PAGE, ...jar.for(APP_HOST)] })
      const sent = await atApp()
      assert.equal(sent.status, 302)
      const { pathname, search, origin } = new URL(sent.location ?? '')
      assert.equal(origin, site.authUrl)
      const headers = [...PAGE, ['Sec-Fetch-Site', 'same-site'] as const, ...jar.for(AUTH_HOST)]
      const renewed = await asks('GET', `${pathname}${search}`, { headers, atLatchkey: true })
      assert.deepEqual([renewed.status, renewed.location], [303, `${site.url}${PATH}`])
      jar.take(AUTH_HOST, renewed.setCookies)
      const back = await atApp()
      assert.equal(back.status, 200)
      assert.deepEqual(
        back.seen.map(({ url }) => url),
        [PATH],
      )
      assert.deepEqual(back.seen.map(identityOf), [WHO.ada])
    })

    it('the assertion is signed for this app, by the published keys', async () => {
      const { seen } = await asks('GET', PATH, { headers: [people.ada] })
      const [, assertion = ''] =
        seen[0]?.headers.find(([name]) => name.toLowerCase() === 'remote-assertion') ?? []
      const published = await ask(site, 'GET', '/.well-known/jwks.json', { atLatchkey: true })
      const { payload } = await jwtVerify(assertion, createLocalJWKSet(JSON.parse(published.text)), {
        ...{ issuer: site.authUrl, audience: site.url, typ: 'forward-auth+jwt' },
        currentDate: new Date(site.clock.now() * 1000),
      })
      assert.equal(payload.username, 'ada')
    })

    for (const status of [401, 403, 404, 500])
      it(`${status} of the app itself passes as the app said it`, async () => {
        const answer = await asks('GET', `/app-says/${status}`, { headers: [people.ada] })
        assert.deepEqual([answer.status, answer.location], [status, undefined])
        assert.equal(JSON.parse(answer.text).url, `/app-says/${status}`)
      })

    it('/forward-auth/ of Latchkey is not there for the world', async () => {
      for (const path of [
        '/forward-auth/nginx',
        '/forward-auth/caddy',
        '/forward-auth/traefik',
        '/forward-auth/',
      ])
        for (const spelling of [path, path.replace('/f', '//f'), path.replace('forward', '%66orward')]) {
          const answer = await ask(site, 'GET', spelling, { headers: [people.ada], atLatchkey: true })
          assert.equal(answer.status, 404, spelling)
          assert.equal(answer.headers['remote-user'], undefined)
        }
    })

    strippedRows(rows)
    spoofRows(rows)
    smugglingRows(rows)
    spellingRows(rows)

    // The last, for Latchkey is away meanwhile.
    it('with Latchkey away nothing reaches the app: 5xx, signed in or not', async () => {
      await site.stopLatchkey()
      for (const who of ['nobody', 'ada', 'root'] as const)
        for (const { method, headers, body = '' } of REQUESTS)
          for (const path of [PATH, ADMIN_PATH]) {
            const { status, seen } = await asks(method, path, {
              headers: [...headers, ...cookieOf(who)],
              body,
            })
            assert.ok(status >= 500, `${status}`)
            assert.deepEqual(seen, [])
          }
      await site.wakeLatchkey()
      assert.equal((await asks('GET', PATH, { headers: [people.ada] })).status, 200)
    })
  })
}

/** Where somebody comes back to who signs in where the answer leads to; undefined when it leads nowhere. */
export function nextOf({ authUrl }: Site, { location }: Answer): string | null | undefined {
  if (location === undefined) return undefined
  const { origin, pathname, searchParams } = new URL(location)
  assert.deepEqual([origin, pathname], [authUrl, '/signin'])
  return searchParams.get('next')
}
