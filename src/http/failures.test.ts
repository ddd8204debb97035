import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createApp } from '../app.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { assertAnswer, isPage, problemOf } from './answers.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { type Asked, CLIENTS, openApp, toAnswer, toRequest } from './requests.testing.ts'

const good = { username: 'user1', password: GOOD_PASSWORD }

type Latchkey = Awaited<ReturnType<typeof openAppOnDisk>>

async function assertStoreDown({ ask }: Latchkey, path: string, asked: Asked) {
  for (const as of CLIENTS) {
    const answer = await ask(path, { as, ...asked })
    const about = `${asked.method ?? 'GET'} ${path} as ${as}`
    assert.equal(answer.status, 503, about)
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, about)
    assert.deepEqual(answer.setCookies, [], about)
    assert.doesNotMatch(answer.body, /user1|gone_|no such table|sqlite/i, about)
    if (as === 'browser') assert.ok(isPage(answer), about)
    else assert.equal(problemOf(answer).code, 'store_down', about)
  }
}

describe('T23: with the store down', () => {
  test('nothing is changed and nobody signs in: 503 with Retry-After, at once', async () => {
    const latchkey = await openAppOnDisk()
    const { refreshToken, token } = await latchkey.beginPair()
    const { cookie } = await latchkey.begin()
    latchkey.clock.advance(280)
    await latchkey.deps.revocations.poll()
    latchkey.takeAway()
    await assertStoreDown(latchkey, '/signin', {})
    await assertStoreDown(latchkey, '/signin', { form: good })
    await assertStoreDown(latchkey, '/login', { form: good })
    await assertStoreDown(latchkey, '/v1/auth', { form: good })
    await assertStoreDown(latchkey, '/v1/auth', { method: 'PUT', bearer: token })
    await assertStoreDown(latchkey, '/token/refresh', { json: { refresh_token: refreshToken } })
    await assertStoreDown(latchkey, '/setup?code=x', {})
    await assertStoreDown(latchkey, '/setup', { json: { ...good, code: 'x' } })
    await assertStoreDown(latchkey, '/refresh', { method: 'POST', cookie })
  })

  test('signing out is 503, but the cookie is cleared, the token is dead here, and the end is written later', async () => {
    const latchkey = await openAppOnDisk()
    const { cookie, sid } = await latchkey.begin()
    latchkey.takeAway()
    const answer = await latchkey.ask('/logout', { method: 'POST', cookie })
    assert.equal(answer.status, 503)
    assert.match(answer.setCookies.join(), /=; Max-Age=0/)
    assert.equal((await latchkey.ask('/welcome', { cookie })).status, 401)
    latchkey.giveBack()
    await latchkey.deps.endings.retry()
    assert.equal((await latchkey.stored(sid)).endReason, 'signed-out')
  })

  test('/readyz and /v1/ping say so with Retry-After, /healthz, the keys and the files of pages still answer', async () => {
    const latchkey = await openAppOnDisk()
    latchkey.takeAway()
    for (const path of ['/healthz', '/style.css', '/v1/keys'])
      assert.equal((await latchkey.ask(path)).status, 200)
    await assertStoreDown(latchkey, '/readyz', {})
    await assertStoreDown(latchkey, '/v1/ping', {})
  })

  test('who is known may be greeted from memory while the log was read less than 5 s ago, and not from then on', async () => {
    for (const [seconds, status] of [
      [3, 200],
      [4, 200],
      [5, 503],
      [6, 503],
    ] as const) {
      const latchkey = await openAppOnDisk()
      const { cookie } = await latchkey.begin()
      assert.ok(await latchkey.isLive(cookie))
      await latchkey.deps.revocations.poll()
      latchkey.takeAway()
      latchkey.clock.advance(seconds)
      for (const path of ['/welcome', '/session']) {
        for (const as of CLIENTS)
          assert.equal((await latchkey.ask(path, { as, cookie })).status, status, path)
      }
    }
  })

  test('GHSA-8fpg-xm3f-6cx3: with the log stale nothing with identity is answered, remembered or not, cookie or Bearer', async () => {
    const latchkey = await openAppOnDisk()
    const { cookie, token } = await latchkey.begin()
    assert.equal((await latchkey.ask('/welcome', { cookie })).status, 200)
    latchkey.takeAway()
    latchkey.clock.advance(6)
    for (const path of ['/', '/signin', '/welcome', '/session', '/sessions', '/account', '/logout']) {
      await assertStoreDown(latchkey, path, { cookie })
      await assertStoreDown(latchkey, path, { bearer: token })
    }
    for (const path of ['/v1/me', '/v1/sample']) await assertStoreDown(latchkey, path, { bearer: token })
    for (const path of ['/sessions/end-others', '/account/password', '/account/confirm'])
      await assertStoreDown(latchkey, path, { method: 'POST', cookie })
    await assertStoreDown(latchkey, '/refresh', { method: 'POST', cookie })
    await assertStoreDown(latchkey, '/logout', { method: 'POST', cookie })
  })

  test('a clock set back makes no old news look new', async () => {
    const latchkey = await openAppOnDisk()
    const { cookie } = await latchkey.begin()
    latchkey.takeAway()
    latchkey.clock.advance(-1)
    assert.equal((await latchkey.ask('/welcome', { cookie })).status, 503)
  })

  test('a session ended elsewhere is refused as soon as the log is stale, even if it was never read there', async () => {
    const latchkey = await openAppOnDisk()
    const { cookie, sid } = await latchkey.begin()
    latchkey.clock.advance(6)
    latchkey.sql.exec("update sessions set ended_at = 1, end_reason = 'ended-by-operator'")
    assert.equal((await latchkey.ask('/welcome', { cookie })).status, 401, sid)
  })

  test('everything works again when it is back, and the log said so once each', async () => {
    const latchkey = await openAppOnDisk()
    const { cookie } = await latchkey.begin()
    latchkey.takeAway()
    latchkey.clock.advance(6)
    assert.equal((await latchkey.ask('/welcome', { cookie })).status, 503)
    latchkey.giveBack()
    assert.equal((await latchkey.ask('/welcome', { cookie })).status, 200)
    assert.equal((await latchkey.ask('/signin', { form: good })).status, 200)
    const lines = latchkey.logged.map((line) => JSON.parse(line))
    assert.equal(lines.filter(({ msg }) => msg === 'the store does not answer').length, 1)
  })
})

describe('an unexpected error', () => {
  test('is 500, tells nothing, and is logged once with the number that the person is shown', async () => {
    const { deps, logged } = await openApp()
    const secret = 'ENOENT /etc/latchkey/secret at line 5'
    const broken = () => {
      throw new TypeError(secret)
    }
    const app = createApp({ ...deps, sessions: { ...deps.sessions, resume: broken } })
    for (const as of CLIENTS) {
      for (const path of ['/welcome', '/signin', '/session', '/']) {
        logged.length = 0
        const answer = await toAnswer(
          await app.request(path, toRequest({ as, cookie: '__Host-token=a.b.c' })),
        )
        assertAnswer(answer, deps.config)
        assert.equal(answer.status, 500)
        assert.doesNotMatch(answer.body, /ENOENT|TypeError|\.ts|line 5/)
        const errors = logged.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50)
        assert.equal(errors.length, 1)
        assert.equal(errors[0].err.message, secret)
        assert.ok(answer.body.includes(errors[0].requestId))
        if (as === 'browser') assert.ok(isPage(answer))
        else assert.equal(problemOf(answer).code, 'internal')
      }
    }
  })
})

describe('T16: a flood of sign-ins', () => {
  test('at most 2 + 64 reach the hash, the rest get 503 with Retry-After, and pages stay fast', async () => {
    const { ask, begin, deps } = await openApp()
    const { cookie } = await begin()
    const flood = Array.from({ length: 70 }, () => ask('/signin', { json: good }))
    let slowest = 0
    const watch = async () => {
      for (let i = 0; i < 20; i++) {
        const startedAt = performance.now()
        assert.equal((await ask('/healthz')).status, 200)
        assert.equal((await ask('/welcome', { cookie })).status, 200)
        slowest = Math.max(slowest, performance.now() - startedAt)
        await new Promise(setImmediate)
      }
    }
    const [answers] = await Promise.all([Promise.all(flood), watch()])
    const count = (status: number) => answers.filter((answer) => answer.status === status).length
    assert.deepEqual([count(200), count(503)], [66, 4])
    for (const answer of answers.filter(({ status }) => status === 503)) {
      assert.equal(problemOf(answer).code, 'busy')
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
      assert.deepEqual(answer.setCookies, [])
    }
    assert.ok(slowest < 500, `${slowest} ms`)
    assert.equal((await ask('/signin', { json: good })).status, 200)
    assert.equal((await deps.sessionStore.listLive(deps.clock.now())).length, 68)
  })
})
