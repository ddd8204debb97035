import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSamples, samplesOf } from '../metrics/samples.testing.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { doEverything } from './journeys.testing.ts'
import { openAppOnDisk } from './on-disk.testing.ts'
import { type Asked, FROM_TEST, type Latchkey, openApp } from './requests.testing.ts'

const METRICS_TOKEN = 'a-token-of-those-who-watch'
const MEASURED = { metricsToken: METRICS_TOKEN }
const good = { username: 'user1', password: GOOD_PASSWORD }
const post = { method: 'POST' } as const

const scrape = async ({ ask }: Pick<Latchkey, 'ask'>) =>
  (await ask('/metrics', { bearer: METRICS_TOKEN })).body
const seen = async (latchkey: Pick<Latchkey, 'ask'>, metric: string) =>
  samplesOf(await scrape(latchkey), `latchkey_${metric}`)

describe('off', () => {
  test('nothing is in the way: no middleware, no timed store, no counted outcome', async () => {
    const [off, on] = [await openApp(), await openApp(MEASURED)]
    const layers = ({ app }: Latchkey) => app.routes.map(({ handler }) => handler.name)
    assert.ok(!layers(off).includes('measureRequests') && layers(on).includes('measureRequests'))
    assert.equal(off.deps.metrics, null)
    // A timed store is made of the methods that are asked for, one by one.
    const isTimed = ({ deps }: Latchkey) => !/\bselectFrom\b/.test(deps.sessionStore.find.toString())
    assert.deepEqual([isTimed(off), isTimed(on)], [false, true])
  })
})

describe('requests', () => {
  const asked: [path: string, asked: Asked, label: string][] = [
    ['/signin?next=/welcome', {}, '{method="GET",route="/signin",status="200"}'],
    ['/signin', { method: 'HEAD' }, '{method="GET",route="/signin",status="200"}'],
    ['/welcome', {}, '{method="GET",route="/welcome",status="401"}'],
    // Refused before it came to its route.
    [
      '/signin',
      { form: good, headers: { origin: 'https://evil.test' } },
      '{method="POST",route="/signin",status="403"}',
    ],
    ['/sessions/0190a0a0-secret/end', post, '{method="POST",route="/sessions/:sid/end",status="401"}'],
    ['/v1/keys', {}, '{method="GET",route="/v1/keys",status="200"}'],
    ['/v1/nothing', {}, '{method="any",route="unmatched",status="404"}'],
    ['/users/alice', {}, '{method="any",route="unmatched",status="404"}'],
    ['/welcome', { method: 'PROPFIND' }, '{method="any",route="unmatched",status="405"}'],
    ['/"}%0a{x="', {}, '{method="any",route="unmatched",status="404"}'],
  ]
  for (const [path, what, label] of asked) {
    test(`${what.method ?? (what.form ? 'POST' : 'GET')} ${path} is ${label}`, async () => {
      const latchkey = await openApp(MEASURED)
      await latchkey.ask(path, what)
      assert.deepEqual(await seen(latchkey, 'http_requests_total'), { [label]: 1 })
      const timed = label.replace(/,status.*/, '}')
      assert.deepEqual(
        Object.keys(await seen(latchkey, 'http_request_duration_seconds_sum')).filter(
          (of) => !of.includes('/metrics'),
        ),
        [timed],
      )
    })
  }

  test('an error nobody expected is counted as the 500 that it is answered with', async () => {
    const latchkey = await openAppOnDisk(MEASURED)
    const { cookie } = await latchkey.begin()
    latchkey.takeAway()
    latchkey.clock.advance(6)
    await latchkey.ask('/welcome', { cookie })
    const requests = await seen(latchkey, 'http_requests_total')
    assert.equal(requests['{method="GET",route="/welcome",status="503"}'], 1)
  })
})

describe('sign-ins', () => {
  test('are told from each other by nothing but whether they succeeded', async () => {
    const latchkey = await openApp(MEASURED)
    const disabled = await latchkey.addUser('disabled')
    await latchkey.deps.accounts.change(disabled, { status: 'disabled' }, FROM_TEST)
    await latchkey.addUser()
    await latchkey.ask('/signin', { form: good })
    for (const wrong of [
      { ...good, username: 'nobody' },
      { ...good, password: 'a wrong sentence' },
      { ...good, username: 'disabled' },
    ]) {
      const before = readSamples(await scrape(latchkey))
      for (const path of ['/signin', '/login', '/v1/auth']) await latchkey.ask(path, { json: wrong })
      const after = readSamples(await scrape(latchkey))
      const name = 'latchkey_sign_ins_total{outcome="refused"}'
      assert.equal((after.get(name) ?? 0) - (before.get(name) ?? 0), 3)
      // The same lines whatever the reason.
      assert.deepEqual(
        [...after.keys()].filter((line) => /unknown-user|wrong-password|disabled"/.test(line)),
        ['latchkey_sessions_ended_total{reason="disabled"}'],
      )
    }
    assert.deepEqual(await seen(latchkey, 'sign_ins_total'), {
      '{outcome="succeeded"}': 1,
      '{outcome="refused"}': 9,
    })
  })

  test('that find the hash queue full are busy, and the queue itself is seen', async () => {
    const latchkey = await openApp(MEASURED)
    await latchkey.addUser()
    const flood = Array.from({ length: 70 }, () => latchkey.ask('/signin', { json: good }))
    const { passwords } = latchkey.deps
    while (passwords.waiting < 64) await new Promise(setImmediate)
    assert.deepEqual(await seen(latchkey, 'password_hashes'), {
      '{state="running"}': 2,
      '{state="waiting"}': 64,
    })
    await Promise.all(flood)
    assert.deepEqual(await seen(latchkey, 'sign_ins_total'), {
      '{outcome="succeeded"}': 66,
      '{outcome="busy"}': 4,
    })
    assert.deepEqual(await seen(latchkey, 'password_hashes'), {})
  })
})

describe('renewals', () => {
  test('by access token: too early, renewed, over, by the other carrier, and where a refresh token does it', async () => {
    const latchkey = await openApp(MEASURED)
    const { ask, clock, begin, beginRemembered, deps } = latchkey
    const [page, gone, remembered] = [await begin(), await begin('user2'), await beginRemembered()]
    await ask('/refresh', { ...post, cookie: page.cookie })
    clock.advance(280)
    await deps.revocations.poll()
    await ask('/refresh', { ...post, cookie: page.cookie })
    // As another node would have ended it, which this one has not heard of.
    await deps.sessionStore.end(gone.sid, 'signed-out', clock.now())
    await ask('/refresh', { ...post, cookie: gone.cookie })
    await ask('/refresh', { ...post, cookie: `${remembered.cookie}; ${remembered.refreshCookie}` })
    await ask('/v1/auth', { method: 'PUT', bearer: page.token })
    assert.deepEqual(await seen(latchkey, 'refreshes_total'), {
      '{outcome="too-early"}': 1,
      '{outcome="renewed"}': 1,
      '{outcome="over"}': 1,
      '{outcome="by-refresh-token"}': 1,
      '{outcome="other-carrier"}': 1,
    })
    assert.deepEqual(await seen(latchkey, 'rotations_total'), { '{outcome="rotated"}': 1 })
  })

  test('by refresh token: rotated, given again, made up, over, and reuse, whose session is ended once', async () => {
    const latchkey = await openApp(MEASURED)
    const trade = async (refresh_token: string) => {
      const { body } = await latchkey.ask('/token/refresh', { json: { refresh_token } })
      return JSON.parse(body).refresh_token
    }
    const [script, other] = [await latchkey.beginPair(), await latchkey.beginPair()]
    const next = await trade(script.refreshToken)
    await trade(script.refreshToken)
    await trade(`${script.sid}.${'A'.repeat(43)}.${'A'.repeat(43)}`)
    await latchkey.ask('/logout', { ...post, bearer: other.token })
    await trade(other.refreshToken)
    await trade(next)
    for (const _ of [1, 2]) await trade(script.refreshToken)
    assert.deepEqual(await seen(latchkey, 'rotations_total'), {
      '{outcome="rotated"}': 3,
      '{outcome="invalid"}': 1,
      '{outcome="over"}': 1,
      '{outcome="reuse"}': 2,
    })
    assert.deepEqual(await seen(latchkey, 'sessions_ended_total'), {
      '{reason="signed-out"}': 1,
      '{reason="reuse"}': 1,
    })
  })
})

describe('sessions', () => {
  test('that are live are counted by the store, and those that ended by the reason, each once', async () => {
    const latchkey = await openApp(MEASURED)
    const { clock, deps } = latchkey
    for (const username of ['user1', 'user1', 'user2']) await latchkey.begin(username)
    assert.deepEqual(await seen(latchkey, 'sessions_live'), { '': 3 })
    await deps.endings.allOf((await latchkey.addUser()).id, 'ended-by-operator', FROM_TEST)
    clock.advance(15)
    assert.deepEqual(await seen(latchkey, 'sessions_live'), { '': 1 })
    assert.deepEqual(await seen(latchkey, 'sessions_ended_total'), { '{reason="ended-by-operator"}': 2 })
  })
})

describe('the revocation log', () => {
  test('tells how late the endings of other nodes were heard of, and not those of this one', async () => {
    const latchkey = await openApp(MEASURED)
    const { clock, deps } = latchkey
    const [here, elsewhere, later] = [await latchkey.begin(), await latchkey.begin(), await latchkey.begin()]
    await deps.endings.one(here.sid, 'signed-out', FROM_TEST)
    await deps.revocations.poll()
    assert.deepEqual(await seen(latchkey, 'revocation_lag_seconds_count'), {})
    await deps.sessionStore.end(elsewhere.sid, 'signed-out', clock.now())
    clock.advance(3)
    await deps.sessionStore.end(later.sid, 'signed-out', clock.now())
    await deps.revocations.poll()
    await deps.revocations.poll()
    assert.deepEqual(await seen(latchkey, 'revocation_lag_seconds_count'), { '': 2 })
    assert.deepEqual(await seen(latchkey, 'revocation_lag_seconds_sum'), { '': 3 })
  })

  test('tells how long ago it was heard of, also while it does not answer', async () => {
    const latchkey = await openAppOnDisk(MEASURED)
    latchkey.takeAway()
    latchkey.clock.advance(7)
    assert.deepEqual(await seen(latchkey, 'revocation_log_age_seconds'), { '': 7 })
    latchkey.giveBack()
    await latchkey.deps.revocations.poll()
    assert.deepEqual(await seen(latchkey, 'revocation_log_age_seconds'), {})
  })

  test('tells who waits for news', async () => {
    const latchkey = await openApp(MEASURED)
    const { cursor } = JSON.parse((await latchkey.ask('/v1/revocations')).body)
    const waiting = latchkey.ask(`/v1/revocations?after=${cursor}&wait=25`)
    await new Promise(setImmediate)
    assert.deepEqual(await seen(latchkey, 'revocation_waiters'), { '': 1 })
    latchkey.deps.revocationFeed.drain()
    await waiting
    assert.deepEqual(await seen(latchkey, 'revocation_waiters'), {})
  })
})

describe('stores', () => {
  test('are timed by operation, and their failures counted; the metrics are told while they are down', async () => {
    const latchkey = await openAppOnDisk(MEASURED)
    await latchkey.signIn()
    const calls = await seen(latchkey, 'store_call_duration_seconds_count')
    for (const [store, operation] of [
      ['users', 'findByKey'],
      ['sessions', 'insert'],
      ['audit', 'insert'],
    ])
      assert.ok(calls[`{store="${store}",operation="${operation}"}`], `${store} ${operation}`)
    assert.deepEqual(await seen(latchkey, 'store_errors_total'), {})
    latchkey.takeAway()
    latchkey.clock.advance(15)
    await latchkey.ask('/login', { json: good })
    // What fails while they are told is told the next time.
    await scrape(latchkey)
    const text = await scrape(latchkey)
    assert.deepEqual(samplesOf(text, 'latchkey_store_errors_total'), {
      '{store="users",operation="findByKey"}': 1,
      '{store="sessions",operation="countLive"}': 1,
    })
    assert.equal(readSamples(text).has('latchkey_sessions_live'), false)
  })
})

describe('whatever anybody does', () => {
  test('no name, address, sid, token or password is in the metrics', async () => {
    const latchkey = await openApp(MEASURED)
    const { passwords, tokens } = await doEverything(latchkey)
    const first = await scrape(latchkey)
    const entries = await latchkey.deps.audit.list({})
    const told = entries.flatMap(({ sid, userId, address }) => [sid, userId, address])
    const secrets = [...passwords, ...tokens, ...told, 'user1', 'user2', 'user3', METRICS_TOKEN].filter(
      (text) => text,
    )
    assert.ok(tokens.size >= 30 && new Set(told).size > 20, `${tokens.size} ${new Set(told).size}`)
    for (const secret of secrets) assert.ok(!first.includes(secret as string), `the metrics have ${secret}`)
  })

  test('nobody makes a line by who they are or by what they ask for', async () => {
    const latchkey = await openApp(MEASURED)
    const linesAfter = async (username: string) => {
      await latchkey.signIn(username)
      await latchkey.ask(`/sessions/${username}/end`, post)
      await latchkey.ask(`/${username}`)
      await latchkey.ask('/welcome', { method: username === 'alice' ? 'PATCH' : 'PROPFIND' })
      await scrape(latchkey)
      return [...readSamples(await scrape(latchkey)).keys()].filter((line) => line.startsWith('latchkey_'))
    }
    assert.deepEqual(await linesAfter('alice'), await linesAfter('bob'))
  })

  test('every label is a word of ours, a number or a route', async () => {
    const latchkey = await openApp(MEASURED)
    await doEverything(latchkey)
    const routes = new Set(latchkey.app.routes.map(({ path }) => path))
    const stores = new Set(['users', 'sessions', 'audit'])
    const text = await scrape(latchkey)
    for (const [, label = '', value = ''] of text.matchAll(/(?:\{|,)(\w+)="([^"]*)"/g)) {
      if (label === 'route') assert.ok(routes.has(value) || value === 'unmatched', value)
      else if (label === 'store') assert.ok(stores.has(value), value)
      else assert.match(value, /^[\w.+-]{1,32}$/, label)
    }
  })
})
