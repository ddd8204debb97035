import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { LAUNCH } from '../cli/process.testing.ts'
import { freePort } from '../free-port.testing.ts'
import { isId } from '../lib/id-form.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { doEverything } from './journeys.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { ACCEPT, type Asked, CLIENTS, COOKIE } from './requests.testing.ts'

/** Every spelling in which a secret could have got into a log. */
const spellings = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll('%20', '+'),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
  // A token's parts: its signature makes it a token. A session's id, which begins a refresh token, is no secret.
  ...secret.split('.').filter((part) => part.length > 20 && !isId(part)),
]

function assertNoneOf(secrets: Iterable<string>, log: string) {
  for (const secret of secrets) {
    for (const text of spellings(secret)) assert.ok(!log.includes(text), `the log has ${text}`)
  }
}

describe('the log of a whole run', () => {
  test('the search itself finds a secret in each of its spellings', () => {
    for (const text of spellings('a b.c')) assert.throws(() => assertNoneOf(['a b.c'], `{"msg":"${text}"}`))
    assert.throws(() => assertNoneOf([`${'a'.repeat(30)}.b.c`], 'a'.repeat(30)))
  })

  test('T23, ASVS 16.2.5: holds no token, password or setup code, on any way through, at the finest level', async () => {
    const latchkey = await openAppOnDisk()
    const { ask, clock, deps, logged } = latchkey
    const secrets = new Set([GOOD_PASSWORD])
    const used = (secret: string) => {
      secrets.add(secret)
      return secret
    }
    const keep = async (path: string, asked: Asked = {}) => {
      const answer = await ask(path, asked)
      for (const line of answer.setCookies) {
        const value = line.slice(line.indexOf('=') + 1, line.indexOf(';'))
        if (value) used(value)
      }
      return answer
    }

    const code = used((await deps.setup.open()) ?? '')
    for (const as of CLIENTS) {
      await keep(`/setup?code=${code}`, { as })
      await keep(`/setup?code=${used('a-wrong-setup-code')}`, { as })
      await keep('/setup', { as, form: { code, username: 'admin', password: used('short-secret') } })
    }
    await keep('/setup', { form: { code, username: 'admin', password: GOOD_PASSWORD } })
    await latchkey.begin()
    for (const as of CLIENTS) {
      const good = { username: 'user1', password: GOOD_PASSWORD }
      const signedIn = await keep('/signin', { as, form: good })
      const cookie = signedIn.setCookies[0]?.split(';')[0] ?? ''
      const token = cookie.slice(COOKIE.length + 1)
      await keep('/signin', { as, json: good })
      await keep('/signin', {
        as,
        form: { username: 'user1', password: used('a wrong sentence as password') },
      })
      await keep('/signin', {
        as,
        form: { username: used('a password in the wrong field'), password: 'x-y-z-secret' },
      })
      await keep('/signin', { as, json: { username: 5, password: used('beside a number for a name') } })
      await keep('/signin', {
        as,
        body: `{"password":"${used('in json that is broken')}`,
        headers: { 'content-type': 'application/json' },
      })
      await keep('/signin', { as, body: used('in a body without a type') })
      await keep(`/signin?username=user1&password=${encodeURIComponent(used('a password in the address'))}`, {
        as,
      })
      // Not through `ask`: whoever writes a token into an address finds it in the way back.
      await latchkey.app.request(`/welcome?token=${token}`, { headers: { accept: ACCEPT[as] } })
      for (const path of ['/', '/signin', '/welcome', '/session', '/logout', '/nothing']) {
        await keep(path, { as, cookie })
        await keep(path, { as, bearer: token })
        await keep(path, { as, bearer: used(`${token.slice(0, -9)}wrongsign`) })
        await keep(path, { as, cookie: `${COOKIE}=${used('not-a-token-at-all')}` })
        await keep(path, { as, headers: { authorization: `Basic ${btoa(`user1:${GOOD_PASSWORD}`)}` } })
      }
      clock.advance(280)
      await keep('/refresh', { as, method: 'POST', cookie })
      await keep('/refresh', { as, method: 'POST', bearer: token })
      latchkey.takeAway()
      await keep('/welcome', { as, cookie })
      await keep('/signin', { as, form: good })
      latchkey.giveBack()
      clock.advance(30)
      await keep('/welcome', { as, cookie })
      await keep('/logout', { as, method: 'POST', cookie })
      await keep('/welcome', { as, cookie })
    }
    assert.ok(secrets.size > 20 && logged.length > 100, `${secrets.size} ${logged.length}`)
    for (const { length } of secrets) assert.ok(length >= 12)
    assertNoneOf(secrets, logged.join(''))
    for (const line of logged) assert.equal(line.indexOf('\n'), line.length - 1)
  })

  test('T23, T24: nor any of the life of a session: pairs, refresh cookies, reuse, new passwords, devices', async () => {
    const latchkey = await openAppOnDisk()
    const { passwords, tokens } = await doEverything(latchkey)
    assert.ok(passwords.size >= 8 && tokens.size >= 30, `${passwords.size} ${tokens.size}`)
    const log = latchkey.logged.join('')
    assertNoneOf([...passwords, ...tokens], log)
    // Each event there is was told of on the way, so each was looked at.
    for (const event of [
      'sign_in.succeeded',
      'sign_in.failed',
      'session.refreshed',
      'session.ended',
      'refresh.reuse_detected',
      'password.changed',
      'password.refused',
      'user.added',
    ])
      assert.ok(log.includes(`"msg":"${event}"`), event)
    const entries = await latchkey.deps.audit.list({})
    assertNoneOf([...passwords, ...tokens], JSON.stringify(entries))
  })

  test('CR and LF in an address or a header make no second line (ASVS 16.4.1)', async () => {
    const { ask, logged } = await openAppOnDisk()
    logged.length = 0
    await ask('/x%0d%0a{"level":60,"msg":"forged"}%0a', { headers: { 'user-agent': 'a\tb' } })
    assert.equal(logged.length, 1)
    const [line = ''] = logged
    assert.equal(line.split('\n').length, 2)
    assert.equal(JSON.parse(line).status, 404)
  })
})

describe('a real server', () => {
  test('prints the setup code once, in the line with the link, and otherwise no secret', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
    after(() => rmSync(folder, { recursive: true }))
    const port = await freePort()
    const server = spawn(process.execPath, [LAUNCH, 'serve'], {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: String(port), DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'trace' },
    })
    after(() => server.kill('SIGKILL'))
    let log = ''
    server.stdout.on('data', (data) => {
      log += data
    })
    server.stderr.on('data', (data) => {
      log += data
    })
    // The log is written each second; nothing here waits for a time to pass, only for that line.
    while (!/setup\?code=[\w-]+/.test(log) && server.exitCode === null) await setTimeout(20)
    const [, code = ''] = /setup\?code=([\w-]+)/.exec(log) ?? []
    const url = `http://localhost:${port}`
    const post = (path: string, fields: Record<string, string>, headers = {}) =>
      fetch(url + path, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) })

    assert.equal((await fetch(`${url}/setup?code=${code}`)).status, 200)
    const made = await post('/setup', { code, username: 'admin', password: GOOD_PASSWORD })
    assert.equal(made.status, 200)
    const cookie = made.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const token = cookie.replace('token=', '')
    assert.equal(await (await fetch(`${url}/welcome`, { headers: { cookie } })).text(), 'Welcome admin!')
    assert.equal(
      (await fetch(`${url}/welcome?token=${token}`, { headers: { authorization: `Bearer ${token}` } }))
        .status,
      200,
    )
    const again = await post('/signin', { username: 'admin', password: GOOD_PASSWORD })
    const secondToken = again.headers.getSetCookie()[0]?.split(/[=;]/)[1] ?? ''
    assert.equal((await post('/signin', { username: 'admin', password: 'a wrong sentence' })).status, 401)
    assert.equal((await post('/logout', {}, { cookie })).status, 204)
    assert.equal((await fetch(`${url}/welcome`, { headers: { cookie } })).status, 401)
    assert.equal((await fetch(`${url}/setup?code=${code}`)).status, 404)

    server.kill('SIGTERM')
    // Not only ended: all that it said is read.
    const [exitCode] = await once(server, 'close')
    assert.equal(exitCode, 0, log)
    assert.ok(token.length > 100 && secondToken.length > 100)
    assertNoneOf([GOOD_PASSWORD, 'a wrong sentence', token, secondToken], log)
    const lines = log.split('\n').filter((line) => line.includes(code))
    assert.equal(lines.length, 1)
    assert.match(JSON.parse(lines[0] ?? '').msg, /^Nobody has an account yet/)
    assert.ok(log.includes('"path":"/setup"'))
  })
})
