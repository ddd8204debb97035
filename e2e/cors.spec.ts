import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { ADA, test as base, expect } from './fixture.ts'

interface Apps {
  /** A page of another site, which CORS_ORIGINS names. */
  named: string
  /** The same app under our own host name: of the same site, so that our cookies go along with what it sends. */
  neighbour: string
  /** A page that nobody named. */
  stranger: string
}

const test = base.extend<{ apps: Apps }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what the fixture needs
  apps: async ({}, use) => {
    const servers = [await openEmptyPage(), await openEmptyPage()] as const
    const [named, stranger] = servers.map((server) => (server.address() as AddressInfo).port)
    await use({
      named: `http://127.0.0.1:${named}`,
      neighbour: `http://localhost:${named}`,
      stranger: `http://127.0.0.1:${stranger}`,
    })
    for (const server of servers) server.close()
  },
  settings: ({ apps: { named, neighbour } }, use) => use({ corsOrigins: [named, neighbour] }),
})

async function openEmptyPage(): Promise<Server> {
  const page = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>An app</title></html>'
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(page))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: string
  credentials?: RequestCredentials
}

/** What a script of the page gets to read; null where the browser keeps it back. */
const fetchIn = (page: Page, url: string, sent: Sent = {}) =>
  page.evaluate(
    async ([url, sent]) => {
      try {
        const answer = await fetch(url, sent)
        const challenge = answer.headers.get('www-authenticate')
        return { status: answer.status, challenge, body: await answer.text() }
      } catch {
        return null
      }
    },
    [url, sent] as const,
  )

const JSON_TYPE = { 'content-type': 'application/json' }
const { username, password } = ADA
const SIGN_IN: Sent = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ username, password }) }
const FORM_SIGN_IN: Sent = {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ username, password }).toString(),
}

/** What goes over the wire, also of answers that the browser keeps back from the page and from Playwright. */
async function watchWire(page: Page) {
  const seen: { cookies: (string | undefined)[]; statuses: number[] } = { cookies: [], statuses: [] }
  const session = await page.context().newCDPSession(page)
  session.on('Network.requestWillBeSentExtraInfo', ({ headers }) => seen.cookies.push(headers.Cookie))
  session.on('Network.responseReceivedExtraInfo', ({ statusCode }) => seen.statuses.push(statusCode))
  await session.send('Network.enable')
  return seen
}

/** Takes out what the console says of an answer that was kept back, so many times. */
async function expectKeptBack(troubles: string[], times: number): Promise<void> {
  await expect(() => expect(troubles).toHaveLength(times)).toPass()
  for (const trouble of troubles.splice(0)) expect(trouble).toContain('blocked by CORS policy')
}

for (const from of ['named', 'neighbour'] as const) {
  test(`an app elsewhere (${from}) signs in, asks, renews and reads the keys`, async ({
    page,
    latchkey,
    apps,
  }) => {
    const { url, call, advance } = latchkey
    await call('addUser', username, password)
    await page.goto(apps[from])
    const signedIn = await fetchIn(page, `${url}/v1/auth`, SIGN_IN)
    expect(signedIn).toMatchObject({ status: 200, body: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) })
    const as = (token = '') => ({ headers: { authorization: `JWT ${token}` } })

    const me = await fetchIn(page, `${url}/v1/me`, as(signedIn?.body))
    expect(JSON.parse(me?.body ?? '')).toMatchObject({ username, role: 'user' })
    await advance(899)
    const renewed = await fetchIn(page, `${url}/v1/auth`, { method: 'PUT', ...as(signedIn?.body) })
    expect(renewed?.status).toBe(200)
    await advance(1)
    expect(await fetchIn(page, `${url}/v1/me`, as(signedIn?.body)), 'why it was refused').toMatchObject({
      status: 401,
      challenge: expect.stringContaining('invalid_token'),
    })
    expect(await fetchIn(page, `${url}/v1/sample`, as(renewed?.body))).toMatchObject({
      status: 200,
      body: 'OK ada',
    })
    const keys = await fetchIn(page, `${url}/.well-known/jwks.json`)
    expect(JSON.parse(keys?.body ?? '').keys).toHaveLength(1)
    expect(await page.context().cookies()).toEqual([])
  })
}

test('a page that nobody named can use nothing but the public keys', async ({
  page,
  latchkey,
  apps,
  troubles,
}) => {
  const { url, call } = latchkey
  await call('addUser', username, password)
  await page.goto(apps.stranger)
  expect(await fetchIn(page, `${url}/v1/me`)).toBeNull()
  expect(await fetchIn(page, `${url}/v1/me`, { headers: { authorization: 'Bearer x' } })).toBeNull()
  expect(await fetchIn(page, `${url}/v1/auth`, SIGN_IN)).toBeNull()
  expect(await fetchIn(page, `${url}/v1/auth`, FORM_SIGN_IN)).toBeNull()
  await expectKeptBack(troubles, 4)
  for (const path of ['/.well-known/jwks.json', '/v1/keys'])
    expect(await fetchIn(page, url + path), path).toMatchObject({ status: 200 })
})

test('a named page cannot read what is outside the API', async ({ page, latchkey, apps, troubles }) => {
  await page.goto(apps.named)
  for (const path of ['/session', '/healthz'])
    expect(await fetchIn(page, latchkey.url + path), path).toBeNull()
  await expectKeptBack(troubles, 2)
})

test('a named page of the same site gets nothing done with the cookie of whoever is signed in', async ({
  page,
  context,
  latchkey,
  apps,
  troubles,
}) => {
  const { url } = latchkey
  await latchkey.signIn(page)
  await page.goto(apps.neighbour)
  const seen = await watchWire(page)
  // As a form it needs no leave beforehand, so it does reach us.
  expect(await fetchIn(page, `${url}/v1/auth`, { ...FORM_SIGN_IN, credentials: 'include' })).toBeNull()
  await expect(() => expect(seen.statuses).toEqual([403])).toPass()
  const ours = expect.stringMatching(/^token=/)
  expect(seen.cookies, 'the browser sends it, for ports are all one to a cookie').toEqual([ours])
  // With a header it needs leave, which it does not get.
  expect(
    await fetchIn(page, `${url}/v1/me`, { credentials: 'include', headers: { authorization: 'JWT x' } }),
  ).toBeNull()
  await expectKeptBack(troubles, 2)

  for (const credentials of ['omit', 'same-origin'] as const)
    for (const sent of [SIGN_IN, FORM_SIGN_IN])
      expect(await fetchIn(page, `${url}/v1/auth`, { ...sent, credentials })).toMatchObject({ status: 200 })
  expect(
    (await context.cookies()).map(({ name }) => name),
    'still signed in',
  ).toEqual(['token'])
  await page.goto('/welcome')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})
