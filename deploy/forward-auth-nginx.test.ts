import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/free-port.testing.ts'
import { until } from '../src/until.testing.ts'
import { ask, WEBSOCKET } from './ask.testing.ts'
import { startEchoApp } from './echo-app.testing.ts'
import { findProxy, skipWithout } from './find-proxy.testing.ts'
import { APP_HOST, AUTH_HOST, openSite, type Site } from './forward-auth.testing.ts'
import { type People, signInPeople } from './forward-auth-people.testing.ts'
import { forwardAuthTable } from './forward-auth-table.testing.ts'
import { startNginx } from './nginx-forward-auth.testing.ts'

const binary = findProxy('nginx')
const PROBLEM = 'application/problem+json; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'

forwardAuthTable('nginx', binary === null ? null : startNginx(binary), skipWithout('nginx', binary))

describe('what nginx.conf says by itself', { skip: skipWithout('nginx', binary) }, () => {
  let site: Site
  let people: People
  let folder: string
  let plainPort: number
  let latchkeyPort: number
  before(async () => {
    assert.ok(binary, 'CI needs nginx')
    plainPort = await freePort()
    const start = startNginx(binary, { plainPort, inApp: 'location = /added { proxy_pass http://app; }' })
    site = await openSite((place) => {
      folder = place.folder
      latchkeyPort = place.latchkeyPort
      return start(place)
    })
    people = await signInPeople(site)
  })
  after(() => site?.stop())

  async function words(path: string, accept: string, cookie: readonly (readonly [string, string])[] = []) {
    const { status, headers, text } = await ask(site, 'POST', path, {
      headers: [['Accept', accept], ...cookie],
    })
    assert.deepEqual([headers['cache-control'], headers['x-content-type-options']], ['no-store', 'nosniff'])
    assert.equal(headers.server, 'nginx')
    return { status, type: headers['content-type'], text, challenge: headers['www-authenticate'] }
  }

  it('401 and 403 are in words for a browser, and a problem for a program', async () => {
    const signedOut = await words('/', 'text/html')
    assert.deepEqual([signedOut.status, signedOut.type], [401, TEXT])
    assert.match(signedOut.text, /^You are signed out\. /)
    const program = await words('/', '*/*')
    assert.deepEqual(
      [program.status, program.type, JSON.parse(program.text).code],
      [401, PROBLEM, 'not_signed_in'],
    )
    assert.match(String(program.challenge), /^Bearer /)
    const other = await words('/admin/', 'text/html', [people.ada])
    assert.deepEqual([other.status, other.type], [403, TEXT])
    // Also for one who is signed out, where Latchkey does not know the app or the proxy.
    const said = 'This page is not for you, or not set up yet.'
    assert.equal(other.text, said)
    const forbidden = await words('/admin/', 'application/json', [people.ada])
    const { code, detail } = JSON.parse(forbidden.text)
    assert.deepEqual([forbidden.type, code, detail], [PROBLEM, 'wrong_role', said])
  })

  it('a Cookie header of semicolons is read in a moment, and is in no log', async () => {
    // By a pattern that goes back over them each takes a tenth of a second, thirty hold up everybody, and nginx writes the header down.
    const [name, ours] = people.ada
    const begun = performance.now()
    for (let n = 0; n < 10; n++) {
      const { status } = await ask(site, 'GET', '/', {
        headers: [[name, `mine=1; ${ours}; ${';'.repeat(26_000)}x`]],
      })
      // What is left of it is too long for this app.
      assert.equal(status, 431)
    }
    assert.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`)
    assert.doesNotMatch(await readFile(join(folder, 'errors.log'), 'utf8'), /mine=1/)
  })

  it('the way to the sign-in page is kept by nobody', async () => {
    const { status, headers } = await ask(site, 'GET', '/', { headers: [['Accept', 'text/html']] })
    assert.deepEqual([status, headers['cache-control']], [302, 'no-store'])
  })

  it('with Latchkey away it says so with 503, at the app and at the sign-in page', async () => {
    await site.stopLatchkey()
    for (const atLatchkey of [true, false])
      for (const [accept, type] of [
        ['text/html', TEXT],
        ['*/*', PROBLEM],
      ] as const) {
        const { status, headers } = await ask(site, 'GET', '/', { headers: [['Accept', accept]], atLatchkey })
        assert.deepEqual([status, headers['content-type'], headers['retry-after']], [503, type, '5'])
      }
    await site.wakeLatchkey()
  })

  it('a location that is added and says nothing is guarded too, and the places where nginx asks are not open', async () => {
    for (const path of ['/.latchkey/anybody', '/.latchkey/admin', '/.latchkey/'])
      assert.equal((await ask(site, 'GET', path, { headers: [people.root] })).status, 404, path)
    const before = site.app.asked.length
    assert.equal((await ask(site, 'GET', '/added')).status, 401)
    assert.equal(site.app.asked.length, before)
    assert.equal((await ask(site, 'GET', '/added', { headers: [people.ada] })).status, 200)
  })

  it('over plain http a page is sent to https, under our name; anything else is refused', async () => {
    const plain = (method: string, host: string, path: string) =>
      new Promise<(number | string | undefined)[]>((resolve, reject) =>
        request(
          { port: plainPort, host: '127.0.0.1', method, path, headers: { host }, agent: false },
          (response) => {
            response.resume()
            resolve([response.statusCode, response.headers.location])
          },
        )
          .on('error', reject)
          .end(),
      )
    const before = site.app.asked.length
    assert.deepEqual(await plain('GET', APP_HOST, '/wiki?q=1'), [301, `https://${APP_HOST}/wiki?q=1`])
    assert.deepEqual(await plain('GET', AUTH_HOST, '/signin?next=x'), [
      301,
      `https://${AUTH_HOST}/signin?next=x`,
    ])
    // The first server stands for every name that nobody knows.
    assert.deepEqual(await plain('GET', 'evil.test', '/'), [301, `https://${AUTH_HOST}/`])
    for (const [method, host, path] of [
      ['POST', APP_HOST, '/'],
      ['POST', AUTH_HOST, '/signin'],
      ['GET', AUTH_HOST, '/v1/me'],
    ] as const)
      assert.deepEqual(await plain(method, host, path), [403, undefined])
    assert.equal(site.app.asked.length, before)
  })

  it('Latchkey hears the address of the client, and nothing of what the client says of itself', async () => {
    await ask(site, 'POST', '/signin', {
      headers: [
        ['Content-Type', 'application/json'],
        ['X-Forwarded-For', '6.6.6.6'],
        ['Forwarded', 'for=6.6.6.6'],
      ],
      body: '{"username":"ada","password":"not the password"}',
      atLatchkey: true,
    })
    assert.ok(site.logged.some((line) => line.includes('"127.0.0.1"')))
    assert.ok(!site.logged.some((line) => line.includes('6.6.6.6')))
  })

  it('an address with a # is 400', async () => {
    const { status } = await ask(site, 'GET', '/wiki#x', { headers: [people.ada] })
    assert.equal(status, 400)
  })

  it('Latchkey is shown what it decides by, and nothing else of a request', async () => {
    await site.stopLatchkey()
    const listener = await startEchoApp(latchkeyPort)
    await ask(site, 'POST', '/wiki?q=1', {
      headers: [
        ...WEBSOCKET,
        ['Accept', 'a/b'],
        ['Cookie', 'c=1'],
        ['Authorization', 'Basic YTpi'],
        ['Range', 'bytes=0-0'],
        ['If-None-Match', '*'],
        ['X-Forwarded-Uri', '/'],
        ['X-Mine', '1'],
      ],
      body: 'secret',
    })
    await listener.stop()
    await site.wakeLatchkey()
    const [{ method, url, body, headers } = assert.fail('it was not asked')] = listener.asked
    assert.deepEqual([method, url, body], ['GET', '/forward-auth/nginx', ''])
    assert.deepEqual(
      headers.map(([name, value]) => `${name}: ${value}`),
      [
        `Host: ${APP_HOST}`,
        `X-Original-URL: ${site.url}/wiki?q=1`,
        'X-Original-Method: POST',
        'X-Forwarded-For: 127.0.0.1',
        'Cookie: c=1',
        'Authorization: Basic YTpi',
        'Accept: a/b',
        'Sec-Fetch-Mode: websocket',
      ],
    )
  })

  it('its second part goes with nginx-two-nodes.conf, as it says', async () => {
    const conf = await readFile(new URL('./nginx.conf', import.meta.url), 'utf8')
    const twoNodes = fileURLToPath(new URL('./nginx-two-nodes.conf', import.meta.url))
    const [, , app = ''] = conf.split(/^# ---- .*$/m)
    await writeFile(join(folder, 'app-part.conf'), app)
    await writeFile(join(folder, 'latchkey/site.conf'), await readFile(join(folder, 'latchkey/auth.conf')))
    await writeFile(join(folder, 'latchkey/nodes.conf'), `server 127.0.0.1:${latchkeyPort};`)
    const main = await readFile(join(folder, 'nginx.conf'), 'utf8')
    const both = main.replace(/include .*nginx\.conf;/, `include ${twoNodes};\ninclude app-part.conf;`)
    await writeFile(join(folder, 'both.conf'), both.replace('pid nginx.pid;', 'pid both.pid;'))
    const { status, stderr } = spawnSync(binary ?? '', [
      '-t',
      '-p',
      folder,
      '-c',
      'both.conf',
      '-e',
      'stderr',
    ])
    assert.equal(status, 0, String(stderr))
  })

  // The last, for it reads what all the others have left.
  it('no query, no cookie and no token is in a log of nginx', async () => {
    await ask(site, 'GET', '/last?q=nobody-must-read-this', { headers: [people.ada] })
    const read = (name: string) => readFile(join(folder, name), 'utf8')
    await until('it is logged', async () => (await read('access.log')).includes('"path":"/last"'))
    for (const name of ['access.log', 'errors.log', 'main-errors.log'])
      for (const secret of ['nobody-must', 'next=', '__Secure-', 'eyJ'])
        assert.ok(!(await read(name)).includes(secret), `${name}: ${secret}`)
  })
})
