import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readCollection, skipUnless } from '../vectors/vectors.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { type Answer, CLIENTS, COOKIE, openApp } from './requests.testing.ts'

const BLNS = readCollection('strings/blns.json')
const skip = skipUnless(BLNS)

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '" autofocus onfocus="alert(1)',
  '</title></style></textarea><svg/onload=alert(1)>',
  '&lt;script&gt;',
  '&#60;b&#62;',
  '{{7*7}}#{7*7}<%= 7*7 %>',
  '`alert(1)`',
  'javascript:alert(1)',
  '-->]]><!--',
  '\u0000<b>\u0000',
  '\u2028</p>',
  '＜script＞',
  '𝕃\u202egnp.exe',
]
const strings: string[] = [...HOSTILE, ...(BLNS ? JSON.parse(BLNS) : [])].filter((text) => text.trim() !== '')

const app = await openApp()
await app.addUser()

/** What makes markup: as many of each as with a harmless text, or something got out of its place. */
const markup = ({ body }: Answer) => [...'<>"'].map((mark) => body.split(mark).length - 1)

const isSayable = (text: string) => /^[\t\x20-\x7e]*$/.test(text)

describe('T21: whatever people type is shown as text', () => {
  test('GHSA-458j-xx4x-4375, CVE-2026-44458: hostile usernames on the sign-in page, which shows them again', {
    skip,
  }, async () => {
    assert.ok(strings.length > 400)
    const named = (username: string) => app.ask('/signin', { as: 'browser', form: { username, next: '/a' } })
    const harmless = markup(await named('somebody'))
    for (const username of strings) {
      const answer = await named(username)
      assert.equal(answer.status, 400, username)
      assert.deepEqual(markup(answer), harmless, username)
    }
  })

  test('hostile usernames and passwords through the whole of a sign-in', async () => {
    const sent = (text: string) => ({ as: 'browser', form: { username: text, password: text } }) as const
    const harmless = markup(await app.ask('/signin', sent('somebody')))
    for (const text of HOSTILE) {
      const answer = await app.ask('/signin', sent(text))
      assert.equal(answer.status, 401, text)
      assert.deepEqual(markup(answer), harmless, text)
    }
  })

  test('hostile usernames and codes on the setup page', { skip }, async () => {
    const first = await openApp()
    const code = await first.deps.setup.open()
    assert.ok(code)
    const named = (username: string) =>
      first.ask('/setup', { as: 'browser', form: { code, username, password: 'short' } })
    const byName = new Map<string, number[]>()
    for (const username of ['<', ...strings]) {
      const answer = await named(username)
      assert.equal(answer.status, 422, username)
      // One page for a bad name, another for a name that is good beside a bad password.
      const page = answer.body.includes('username-error') ? 'name' : 'password'
      if (!byName.has(page)) byName.set(page, markup(answer))
      assert.deepEqual(markup(answer), byName.get(page), username)
      const status = (
        await first.ask('/setup', { as: 'browser', form: { code: username, username, password: 'x' } })
      ).status
      assert.equal(status, 403, username)
    }
    assert.doesNotMatch((await named('<b>')).body, /<b>/)
  })

  test('hostile text in the address', { skip }, async () => {
    for (const text of strings) {
      const value = encodeURIComponent(text.toWellFormed())
      for (const path of [
        `/signin?next=${value}&notice=${value}`,
        `/setup?code=${value}`,
        `/welcome?${value}`,
        `/${value}`,
      ]) {
        const answer = await app.ask(path, { as: 'browser' })
        assert.ok(answer.status < 500 && !answer.body.includes('alert(1)<'), path)
        assert.equal(answer.body.match(/<script/g)?.length ?? 0, path.startsWith('/signin') ? 1 : 0, path)
      }
    }
  })

  test('T9, GHSA-xmf8-cvqr-rfgj: hostile text in every header that is read is never a 500', {
    skip,
  }, async () => {
    const names = [
      'accept',
      'authorization',
      'cookie',
      'referer',
      'user-agent',
      'origin',
      'sec-fetch-site',
      'content-type',
      'host',
      'x-forwarded-for',
      'if-none-match',
    ]
    for (const text of strings.filter(isSayable)) {
      const headers = Object.fromEntries(names.map((name) => [name, text]))
      const each = [
        { cookie: `${COOKIE}=${text}` },
        { headers: { authorization: `Bearer ${text}` } },
        { headers },
        { method: 'POST', headers },
      ]
      for (const asked of each) {
        for (const path of ['/welcome', '/refresh'])
          assert.ok((await app.ask(path, asked)).status < 500, text)
      }
    }
  })

  test('a name that got into the store past the rules is still shown as text', async () => {
    const { ask, begin, sql } = await openAppOnDisk()
    const { cookie: harmless } = await begin()
    const rename = sql.prepare('update users set username = ?')
    const shown = (path: string, cookie: string) => {
      // The account page tells of each sign-in, and there is one more for each name.
      sql.exec('delete from audit')
      return ask(path, { as: 'browser', cookie })
    }
    for (const path of ['/welcome', '/logout', '/account', '/account/password', '/account/confirm']) {
      const expected = markup(await shown(path, harmless))
      for (const username of HOSTILE) {
        rename.run(username)
        const { cookie } = await begin()
        const answer = await shown(path, cookie)
        assert.equal(answer.status, 200)
        assert.deepEqual(markup(answer), expected, username)
        const json = await ask('/session', { cookie })
        assert.equal(JSON.parse(json.body).username, username)
      }
    }
  })

  test('so are the devices and the addresses of sessions, live and over', async () => {
    const { ask, begin, deps, sql } = await openAppOnDisk()
    const { cookie } = await begin()
    for (const { sid } of [await begin(), await begin()])
      await deps.endings.one(sid, 'ended-elsewhere', { address: '192.0.2.1' })
    await begin()
    const describe = sql.prepare('update sessions set device = ?, address = ?')
    const audited = sql.prepare('update audit set address = ?')
    for (const path of ['/sessions', '/account']) {
      const expected = markup(await ask(path, { as: 'browser', cookie }))
      for (const text of HOSTILE) {
        describe.run(text, text)
        audited.run(text)
        const answer = await ask(path, { as: 'browser', cookie })
        assert.equal(answer.status, 200)
        assert.deepEqual(markup(answer), expected, text)
      }
    }
  })
})

describe("one user's page", () => {
  test('GHSA-f23p-vx2j-j53r: 200 interleaved renders of two users never mix', async () => {
    const users = [await app.begin('user1'), await app.begin('user2')]
    const paths = ['/welcome', '/session', '/logout', '/account']
    const asked = Array.from({ length: 200 }, async (_, i) => {
      // Each third waits a turn, so that answers begin and end between one another.
      if (i % 3 === 0) await setTimeout()
      const [me, other] = i % 2 === 0 ? ['user1', 'user2'] : ['user2', 'user1']
      const as = CLIENTS[i % 3] ?? 'curl'
      const answer = await app.ask(paths[i % 4] ?? '/', { as, cookie: users[i % 2]?.cookie })
      assert.equal(answer.status, 200)
      assert.ok(answer.body.includes(me ?? '') && !answer.body.includes(other ?? ''), answer.body)
    })
    await Promise.all(asked)
  })
})
