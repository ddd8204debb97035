import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ask, type Header, sendRaw } from './ask.testing.ts'
import { askHttp2 } from './ask-http2.testing.ts'
import type { Asked } from './echo-app.testing.ts'
import { APP_HOST, type Site } from './forward-auth.testing.ts'
import type { People } from './forward-auth-people.testing.ts'
import { headerOf, identityOf, WHO } from './forward-auth-seen.testing.ts'

/** For tests only: other ways to say who one is, beside those of the table. */

interface Given {
  site(): Site
  people(): People
  /** `seen` is what has reached the app meanwhile. */
  seenAtApp<T>(asking: () => Promise<T>): Promise<{ answer: T; seen: Asked[] }>
}

/** What may be in a name besides letters, digits and dashes (RFC 9110 5.6.2). Apps may take any of them for a dash. */
const ODD_SIGNS = [..."!#$%&'*+.^_`|~"]
/** What other proxies, and other makers of sign-in, tell apps by. */
const OTHER_NAMES = [
  ...['Remote-Addr', 'X-Remote-User', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Access-Token'],
  ...['X-Auth-Request-User', 'X-Auth-Request-Email', 'X-Webauth-User', 'X-Original-Host', 'X-Rewrite-URL'],
]

export function nameRows({ site, people, seenAtApp }: Given): void {
  it('a name with any sign that an app may take for a dash does not reach the app (CVE-2026-88011)', async () => {
    const spoofs = ODD_SIGNS.flatMap((sign): Header[] => [
      [`Remote${sign}User`, 'mallory'],
      [`REMOTE${sign}GROUPS`, 'mallory'],
      [`X${sign}Forwarded-User`, 'mallory'],
      [`x-forwarded${sign}user`, 'mallory'],
    ])
    const { seen } = await seenAtApp(() => ask(site(), 'GET', '/', { headers: [people().ada, ...spoofs] }))
    assert.deepEqual(seen.map(identityOf), [WHO.ada])
    assert.doesNotMatch(JSON.stringify(seen), /mallory/)
  })

  it('nothing that other apps take for who asks reaches the app', async () => {
    const spoofs = OTHER_NAMES.map((name): Header => [name, 'mallory'])
    const { seen } = await seenAtApp(() => ask(site(), 'GET', '/', { headers: [people().ada, ...spoofs] }))
    assert.deepEqual(seen.map(identityOf), [WHO.ada])
    assert.doesNotMatch(JSON.stringify(seen), /mallory/)
  })

  it("over HTTP/2 it is the same: the app gets who asks, and none of Latchkey's cookies", async () => {
    const cookie = ['a=1', people().ada[1], '__Host-refresh=secret', 'b=2']
    const spoofs = { 'remote-user': 'mallory', remote_user: 'mallory', 'x-forwarded-host': 'mallory' }
    const { answer, seen } = await seenAtApp(() => askHttp2(site(), { ':path': '/?q=1', cookie, ...spoofs }))
    assert.equal(answer.status, 200)
    assert.deepEqual(seen.map(identityOf), [WHO.ada])
    const [one] = seen
    assert.deepEqual(one && headerOf(one, 'cookie').join('; '), 'a=1; b=2')
    assert.doesNotMatch(JSON.stringify(seen), /mallory|secret/)
    const refused = await seenAtApp(() => askHttp2(site(), { ':path': '/admin/', cookie, ...spoofs }))
    assert.deepEqual([refused.answer.status, refused.seen], [403, []])
    const out = await seenAtApp(() =>
      askHttp2(site(), { ':path': '/', accept: 'application/json', ...spoofs }),
    )
    assert.deepEqual([out.answer.status, out.seen], [401, []])
  })

  it('an absolute address in the request line reaches the app as a path', async () => {
    const host = `${APP_HOST}:${site().port}`
    const request = `GET https://${host}/wiki?q=1 HTTP/1.1\r\nHost: ${host}\r\nCookie: ${people().ada[1]}\r\nConnection: close\r\n\r\n`
    const { seen } = await seenAtApp(() => sendRaw(site(), request))
    assert.deepEqual(
      seen.map(({ url }) => url),
      ['/wiki?q=1'],
    )
  })

  it('what comes after a body is no header', async () => {
    const { seen } = await seenAtApp(() =>
      sendRaw(
        site(),
        `POST / HTTP/1.1\r\nHost: ${APP_HOST}:${site().port}\r\nCookie: ${people().ada[1]}\r\nTransfer-Encoding: chunked\r\n` +
          'Trailer: Remote-User\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\nRemote-User: mallory\r\n\r\n',
      ),
    )
    assert.deepEqual(seen.map(identityOf), [WHO.ada])
  })
}
