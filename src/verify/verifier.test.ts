import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { START } from '../testing.ts'
import { forgingKey } from '../vectors/forge.testing.ts'
import { holdTimers, ISSUER, releaseTimers, settle, standIn, until, verifierOf } from './stand-in.testing.ts'

beforeEach(holdTimers)
afterEach(releaseTimers)

async function open(options: Parameters<typeof verifierOf>[1] = {}) {
  const latchkey = await standIn()
  const app = verifierOf(latchkey, options)
  await app.verifier.ready()
  return { latchkey, ...app }
}

describe('a token', () => {
  it('of a signed-in user is live, with its claims, frozen and the same each time', async () => {
    const { latchkey, verifier } = await open()
    const { token, claims } = await latchkey.issue()
    const outcome = await verifier.verify(token)
    assert.deepEqual(outcome, { kind: 'live', claims })
    assert.equal(verifier.verify(token), outcome)
    assert.ok(outcome.kind === 'live' && Object.isFrozen(outcome.claims))
    assert.throws(() => Object.assign(outcome.claims, { role: 'admin' }), TypeError)
  })

  it('is worth what nobody can change, for the next one is given the same', async () => {
    const { latchkey, verifier, worth } = await open()
    const [live, expired, foreign, revoked] = [
      await latchkey.issue(),
      await latchkey.issue({ lifeSeconds: 1 }),
      await latchkey.issue({ audiences: ['x'] }),
      await latchkey.issue(),
    ]
    latchkey.revoke(revoked.claims.sid)
    await latchkey.advance(2)
    const outcomes = [
      ...[await verifier.verify(live.token), await verifier.verify(expired.token)],
      ...[await verifier.verify(foreign.token), await verifier.verify(revoked.token)],
      ...[await verifier.verify('x'), await verifier.verifyRequest({})],
    ]
    verifier.close()
    outcomes.push(await verifier.verify(live.token))
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.reason : outcome.kind)),
      ['live', 'expired', 'invalid', 'revoked', 'malformed', 'missing', 'unavailable'],
    )
    for (const outcome of outcomes)
      assert.throws(() => Object.assign(outcome, { kind: 'live' }), TypeError, JSON.stringify(outcome))
    assert.equal(await worth(live.token), 'unavailable')
  })

  it('for several audiences has a list of them that is frozen too', async () => {
    const { latchkey, verifier } = await open()
    const { token } = await latchkey.issue({ audiences: [ISSUER, 'https://app.example.test'] })
    const outcome = await verifier.verify(token)
    assert.ok(outcome.kind === 'live' && Object.isFrozen(outcome.claims.aud))
  })

  for (const [left, worthThen] of [
    [1, 'live'],
    [0, 'expired'],
    [-1, 'expired'],
  ] as const) {
    it(`with ${left} s left is ${worthThen}, seen before or not`, async () => {
      const { latchkey, worth } = await open()
      const [seen, other] = [await latchkey.issue(), await latchkey.issue()]
      assert.equal(await worth(seen.token), 'live')
      latchkey.clock.advance(300 - left)
      latchkey.revoke('somebody')
      await latchkey.advance(1)
      latchkey.clock.advance(-1)
      assert.deepEqual([await worth(seen.token), await worth(other.token)], [worthThen, worthThen])
    })
  }

  for (const [life, worthThen] of [
    [599, 'live'],
    [600, 'live'],
    [601, 'invalid'],
  ] as const) {
    it(`that claims to live ${life} s, where 600 are the most, is ${worthThen}`, async () => {
      const { latchkey, worth } = await open({ longestTokenLifeSeconds: 600 })
      assert.equal(await worth((await latchkey.issue({ lifeSeconds: life })).token), worthThen)
    })
  }

  const [a, b, c] = ['https://a.example.test', 'https://b.example.test', 'https://c.example.test']
  for (const [asked, audiences, worthThen] of [
    [undefined, [ISSUER], 'live'],
    [undefined, [a, ISSUER], 'live'],
    [undefined, [a], 'invalid'],
    [a, [a], 'live'],
    [a, [ISSUER], 'invalid'],
    [[a, b], [b, c], 'live'],
    [[a, b], [c], 'invalid'],
  ] as const) {
    it(`for ${audiences} is ${worthThen} at an app whose audience is ${asked ?? 'left out'}`, async () => {
      const { latchkey, worth } = await open(asked ? { audience: asked } : {})
      const { token } = await latchkey.issue({ audiences: [...audiences] })
      assert.equal(await worth(token), worthThen)
    })
  }

  it('that is no text is malformed, and never a crash', async () => {
    const { worth } = await open()
    for (const what of [undefined, null, 1, {}, [], ['a.b.c']])
      assert.equal(await worth(what as never), 'malformed')
    const texts = fc.string({ unit: 'binary' })
    await fc.assert(
      fc.asyncProperty(texts, async (text) =>
        assert.ok(['malformed', 'invalid'].includes(await worth(text))),
      ),
    )
  })
})

describe('a request', () => {
  it('is worth what its token is, of Bearer or of a cookie, in the headers of fetch or of Node', async () => {
    const { latchkey, verifier } = await open()
    const { token, claims } = await latchkey.issue()
    const live = { kind: 'live', claims }
    for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `a=b; __Host-token=${token}` }])
      for (const either of [headers, new Headers(headers)])
        assert.deepEqual(await verifier.verifyRequest(either), live)
    assert.deepEqual(await verifier.verifyRequest({ cookie: `mine=${token}` }, ['mine']), live)
  })

  it('shows none, or one of another name, or two, or a bad one beside a good cookie', async () => {
    const { latchkey, verifier } = await open()
    const { token } = await latchkey.issue()
    const cookie = `__Host-token=${token}`
    const missing = { kind: 'refused', reason: 'missing' }
    const malformed = { kind: 'refused', reason: 'malformed' }
    assert.deepEqual(await verifier.verifyRequest({}), missing)
    assert.deepEqual(await verifier.verifyRequest(new Headers()), missing)
    assert.deepEqual(await verifier.verifyRequest({ cookie: `token=${token}` }), missing)
    assert.deepEqual(await verifier.verifyRequest({ cookie }, []), missing)
    assert.deepEqual(await verifier.verifyRequest({ cookie: `${cookie}; ${cookie}` }), malformed)
    assert.deepEqual(await verifier.verifyRequest({ cookie, authorization: 'Bearer x' }), malformed)
  })

  it('with a token, while nobody can know, is unavailable, and without one it shows none', async () => {
    const latchkey = await standIn()
    latchkey.goAway()
    const { verifier } = verifierOf(latchkey)
    assert.deepEqual(await verifier.verifyRequest({ authorization: 'Bearer x' }), { kind: 'unavailable' })
    assert.deepEqual(await verifier.verifyRequest({}), { kind: 'refused', reason: 'missing' })
  })
})

describe('while Latchkey is away', () => {
  for (const [age, worthThen] of [
    [59, 'live'],
    [60, 'live'],
    [61, 'unavailable'],
  ] as const) {
    it(`a token is ${worthThen} ${age} s after the last answer, and live again once there is one`, async () => {
      const { latchkey, worth, verifier } = await open()
      const { token } = await latchkey.issue()
      assert.equal(await worth(token), 'live')
      latchkey.goAway()
      await latchkey.advance(0.5)
      const heard = verifier.state().revocationsAgeSeconds ?? assert.fail()
      latchkey.clock.advance(age - heard)
      assert.equal(verifier.state().revocationsAgeSeconds, age)
      assert.equal(await worth(token), worthThen)
      assert.equal(verifier.state().isAvailable, worthThen === 'live')
      latchkey.comeBack()
      await latchkey.advance(10)
      assert.equal(await worth(token), 'live')
    })
  }

  for (const [age, worthThen] of [
    [124, 'live'],
    [125, 'live'],
    [126, 'unavailable'],
  ] as const) {
    it(`for its keys alone, a token is ${worthThen} ${age} s after they were heard of, for they may be gone`, async () => {
      const { latchkey, worth, verifier } = await open()
      const { token } = await latchkey.issue({ lifeSeconds: 900 })
      assert.equal(await worth(token), 'live')
      latchkey.instead.keys = latchkey.away
      await latchkey.advance(age)
      const { keysAgeSeconds, revocationsAgeSeconds, isAvailable } = verifier.state()
      assert.equal(keysAgeSeconds, age)
      assert.ok(revocationsAgeSeconds !== null && revocationsAgeSeconds <= 25)
      assert.equal(await worth(token), worthThen)
      assert.equal(isAvailable, worthThen === 'live')
      latchkey.comeBack()
      await latchkey.advance(10)
      assert.equal(await worth(token), 'live')
    })
  }

  it('for its keys alone, it is as long as maxStaleSeconds and 65 s', async () => {
    const { latchkey, worth } = await open({ maxStaleSeconds: 10 })
    const { token } = await latchkey.issue({ lifeSeconds: 900 })
    latchkey.instead.keys = latchkey.away
    await latchkey.advance(75)
    assert.equal(await worth(token), 'live')
    await latchkey.advance(1)
    assert.equal(await worth(token), 'unavailable')
  })

  it('every token is unavailable past that, also a malformed, an expired and a revoked one', async () => {
    const { latchkey, worth } = await open({ maxStaleSeconds: 10 })
    const { token } = await latchkey.issue()
    latchkey.goAway()
    await latchkey.advance(12)
    for (const text of [token, 'x', '']) assert.equal(await worth(text), 'unavailable')
  })

  it('a clock set back does not make old news look new', async () => {
    const { latchkey, worth, verifier } = await open()
    const { token } = await latchkey.issue()
    latchkey.goAway()
    await latchkey.advance(1)
    latchkey.clock.advance(-3600)
    latchkey.steadyClock.advance(60)
    assert.equal(await worth(token), 'unavailable')
    assert.equal(verifier.state().revocationsAgeSeconds, 61)
  })

  it('nor does a machine that slept, whose steady clock stood still', async () => {
    const { latchkey, worth } = await open()
    const { token } = await latchkey.issue()
    latchkey.goAway()
    latchkey.clock.advance(61)
    assert.equal(await worth(token), 'unavailable')
  })

  it('but when that one wakes, the keys are asked for as soon as the sign-outs are heard of', async () => {
    const { latchkey, worth } = await open()
    latchkey.clock.advance(3600)
    const { token } = await latchkey.issue()
    latchkey.revoke('somebody')
    await latchkey.advance(1)
    assert.equal(await worth(token), 'live')
  })

  it('and a clock set back by a moment costs nobody anything', async () => {
    const { latchkey, worth } = await open()
    const { token } = await latchkey.issue()
    latchkey.clock.advance(-1)
    assert.equal(await worth(token), 'live')
  })

  it('what was revoked stays revoked', async () => {
    const { latchkey, worth } = await open()
    const { token, claims } = await latchkey.issue()
    latchkey.revoke(claims.sid)
    await latchkey.advance(0.5)
    latchkey.goAway()
    await latchkey.advance(5)
    assert.equal(await worth(token), 'revoked')
  })

  it('a token whose key came too late to know more is unavailable, and not let in', async () => {
    const { latchkey, verifier } = await open()
    const key = await forgingKey()
    const { token } = await latchkey.issue({ by: key })
    let answer: ((answer: Response) => void) | undefined
    latchkey.instead.keys = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const outcome = verifier.verify(token)
    await until(() => answer !== undefined)
    latchkey.steadyClock.advance(61)
    answer?.(Response.json({ keys: [key.published?.jwk] }))
    assert.equal((await outcome).kind, 'unavailable')
  })

  it('its trouble is told once when it begins and once when it is over, and said by state()', async () => {
    const { latchkey, troubles, verifier } = await open()
    assert.equal(verifier.state().trouble, null)
    latchkey.goAway()
    await latchkey.advance(200)
    assert.deepEqual(troubles, ['/v1/revocations does not answer (ECONNREFUSED)'])
    assert.match(verifier.state().trouble ?? '', /revocations.*ECONNREFUSED.*jwks\.json.*ECONNREFUSED/)
    latchkey.comeBack()
    await latchkey.advance(15)
    assert.deepEqual(troubles.slice(1), [null])
    assert.equal(verifier.state().trouble, null)
  })

  for (const [what, onTrouble] of [
    [
      'throws',
      () => {
        throw new Error('the pager is down')
      },
    ],
    [
      'rejects later',
      () => new Promise<void>((_, reject) => setImmediate(reject, new Error('the pager is down'))),
    ],
  ] as const) {
    it(`an app that ${what} when told is warned of that, and lives on, and so does the following`, async (t) => {
      const warned = t.mock.method(console, 'warn', () => {})
      const { latchkey, worth } = await open({ onTrouble })
      latchkey.goAway()
      await latchkey.advance(5)
      latchkey.comeBack()
      await latchkey.advance(10)
      const said = warned.mock.calls.map(({ arguments: [text, error] }) => `${text}: ${error.message}`)
      assert.deepEqual(said, Array(2).fill('latchkey: onTrouble failed: the pager is down'))
      assert.equal(await worth((await latchkey.issue()).token), 'live')
    })
  }

  it('it is asked at most ten times in ten seconds, and at least once', async () => {
    const { latchkey } = await open()
    latchkey.goAway()
    await latchkey.advance(100)
    const before = latchkey.questions('revocations').length
    await latchkey.advance(10)
    const asked = latchkey.questions('revocations').length - before
    assert.ok(asked >= 1 && asked <= 10, `${asked}`)
  })

  it('it is asked no sooner than Retry-After says, up to half a minute', async () => {
    for (const [retryAfter, pause] of [
      ['8', 8],
      ['86400', 30],
    ] as const) {
      const { latchkey } = await open()
      latchkey.instead.revocations = () =>
        new Response(null, { status: 503, headers: { 'retry-after': retryAfter } })
      latchkey.revoke('somebody')
      await latchkey.advance(65)
      const [, first = assert.fail(), second = assert.fail()] = latchkey
        .questions('revocations')
        .map(({ at }) => at)
      assert.equal(second - first, pause)
    }
  })

  it('and is asked in time all the same when it answers that too many wait already', async () => {
    const { latchkey, worth } = await open({ maxStaleSeconds: 20 })
    const answer = { epoch: { id: 'first', at: START - 1000 }, cursor: 'first-0', revoked: [] }
    latchkey.instead.revocations = () => Response.json(answer, { headers: { 'retry-after': '600' } })
    latchkey.revoke('somebody')
    for (let i = 0; i < 10; i++) {
      await latchkey.advance(6)
      assert.equal(await worth('x'), 'malformed')
    }
  })
})

describe('while nothing happens', () => {
  for (const [maxStaleSeconds, wait] of [
    [5, 1],
    [10, 1],
    [20, 5],
    [60, 25],
    [3600, 25],
  ] as const) {
    it(`it waits ${wait} s for news where maxStaleSeconds is ${maxStaleSeconds}, and nothing grows stale`, async () => {
      const { latchkey, verifier } = await open({ maxStaleSeconds })
      let oldest = 0
      for (let i = 0; i < 60; i++) {
        await latchkey.advance(1)
        oldest = Math.max(oldest, verifier.state().revocationsAgeSeconds ?? assert.fail())
      }
      assert.equal(latchkey.questions('revocations').at(-1)?.query, `?after=first-0&wait=${wait}`)
      assert.ok(oldest <= maxStaleSeconds / 2, `${oldest}`)
    })
  }
})

describe('before Latchkey was ever heard of', () => {
  for (const gone of ['keys', 'revocations'] as const) {
    it(`(${gone}) every token is unavailable; then they are judged`, async () => {
      const latchkey = await standIn()
      latchkey.instead[gone] = latchkey.away
      const { verifier, worth, troubles } = verifierOf(latchkey)
      const { token } = await latchkey.issue({ lifeSeconds: 900 })
      assert.equal(await worth(token), 'unavailable')
      await latchkey.advance(20)
      assert.equal(await worth(token), 'unavailable')
      assert.equal(verifier.state()[`${gone}AgeSeconds`], null)
      const ready = verifier.ready()
      latchkey.comeBack()
      await latchkey.advance(10)
      await ready
      assert.equal(await worth(token), 'live')
      assert.deepEqual([troubles.length, troubles[1]], [2, null])
    })
  }
})

describe('an answer that is not as it must be lets nobody in, changes nothing and is trouble:', () => {
  const good = { epoch: { id: 'first', at: START - 1000 }, cursor: 'c', revoked: [] }
  const sid = 'A'.repeat(43)
  const documents: Record<string, unknown> = {
    'no JSON': 'x',
    'a page': '<!doctype html><title>Sign in</title>',
    nothing: '',
    null: null,
    'a list': [],
    'no epoch': { ...good, epoch: undefined },
    'an epoch that is a text': { ...good, epoch: 'first' },
    'an epoch without a time': { ...good, epoch: { id: 'first' } },
    'an epoch whose time is a text': { ...good, epoch: { id: 'first', at: '1' } },
    'an epoch without an id': { ...good, epoch: { at: 1 } },
    'an epoch with a long id': { ...good, epoch: { id: 'x'.repeat(2000), at: 1 } },
    'no cursor': { ...good, cursor: undefined },
    'a cursor that is an object': { ...good, cursor: {} },
    'an empty cursor': { ...good, cursor: '' },
    'no list': { ...good, revoked: undefined },
    'a list that is an object': { ...good, revoked: {} },
    'a list of nulls': { ...good, revoked: [null] },
    'a session that is no hash': { ...good, revoked: [{ sid: 'x', until: 1 }] },
    'a session that is a list': { ...good, revoked: [{ sid: [sid], until: 1 }] },
    'a session without an end': { ...good, revoked: [{ sid }] },
    'a bad session after a good one': {
      ...good,
      revoked: [
        { sid, until: 1 },
        { sid, until: 'x' },
      ],
    },
    'more than can be': { ...good, padding: 'x'.repeat(17 * 1024 * 1024) },
    'no UTF-8': Buffer.from([0x22, 0xff, 0x22]),
  }
  for (const [what, document] of Object.entries(documents)) {
    it(`revocations: ${what}`, async () => {
      const { latchkey, worth, troubles } = await open({ maxStaleSeconds: 20 })
      const { token, claims } = await latchkey.issue()
      latchkey.revoke(claims.sid)
      const other = await latchkey.issue()
      await latchkey.advance(1)
      const body =
        typeof document === 'string' || document instanceof Buffer ? document : JSON.stringify(document)
      latchkey.instead.revocations = () => new Response(body)
      latchkey.revoke('somebody')
      await latchkey.advance(10)
      assert.deepEqual([await worth(token), await worth(other.token)], ['revoked', 'live'])
      assert.equal(troubles.length, 1)
      await latchkey.advance(20)
      assert.deepEqual([await worth(token), await worth(other.token)], ['unavailable', 'unavailable'])
    })
  }

  for (const [what, reply] of Object.entries({
    'no JSON': () => new Response('x'),
    'no JWK Set': () => Response.json({ keys: {} }),
    'more than can be': () => new Response(`{"keys":[${' '.repeat(300_000)}]}`),
    'another status': () => Response.json({ keys: [] }, { status: 404 }),
    'no body': () => new Response(null),
    'an error': () => Promise.reject(new Error('x')),
    'something thrown that is no error': () => Promise.reject('x'),
  })) {
    it(`keys: ${what}`, async () => {
      const { latchkey, worth, troubles } = await open()
      const { token } = await latchkey.issue()
      latchkey.instead.keys = reply
      await latchkey.advance(61)
      assert.equal(await worth(token), 'live')
      assert.equal(troubles.length, 1)
      const fresh = await standIn()
      fresh.instead.keys = reply
      const late = verifierOf(fresh)
      await fresh.advance(30)
      assert.equal(await late.worth((await fresh.issue()).token), 'unavailable')
    })
  }

  it('keys: 304 to a question without an ETag', async () => {
    const latchkey = await standIn()
    const notModified = () => new Response(null, { status: 304 })
    latchkey.instead.keys = notModified
    const { verifier, worth, troubles } = verifierOf(latchkey)
    await latchkey.advance(5)
    const { token } = await latchkey.issue({ lifeSeconds: 900 })
    assert.equal(await worth(token), 'unavailable')
    assert.deepEqual(troubles, ['/.well-known/jwks.json answers 304'])
    latchkey.instead.keys = () => new Response(latchkey.keySet())
    await latchkey.advance(10)
    assert.equal(await worth(token), 'live')
    latchkey.instead.keys = notModified
    await latchkey.advance(61)
    assert.equal(await worth(token), 'live')
    assert.equal(verifier.state().trouble, '/.well-known/jwks.json answers 304')
  })
})

describe('a question that is not answered', () => {
  for (const path of ['keys', 'revocations'] as const) {
    it(`is broken off, and asked again (${path})`, async () => {
      const { latchkey, troubles } = await open()
      latchkey.instead[path] = ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
      latchkey.revoke('somebody')
      await latchkey.advance(path === 'keys' ? 66 : 31)
      assert.match(troubles[0] ?? '', /does not answer \(AbortError\)/)
      latchkey.comeBack()
      await latchkey.advance(40)
      assert.equal(troubles.at(-1), null)
    })
  }
})

describe('a verifier that is closed', () => {
  it('asks nothing more, breaks off what it asked, and has every token unavailable', async () => {
    const { latchkey, verifier, worth, troubles } = await open()
    const { token } = await latchkey.issue()
    let broken = 0
    latchkey.instead.revocations = ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          broken++
          reject(signal.reason)
        }),
      )
    latchkey.revoke('somebody')
    await latchkey.advance(1)
    const before = latchkey.questions('revocations').length
    assert.equal(await worth(token), 'live')
    verifier.close()
    assert.equal(await worth(token), 'unavailable')
    await settle()
    assert.equal(broken, 1)
    await latchkey.advance(120)
    assert.equal(latchkey.questions('revocations').length, before)
    assert.equal(await worth(token), 'unavailable')
    assert.deepEqual(troubles, [])
    await assert.rejects(verifier.ready(), /closed/)
  })

  it('has whoever waits for it told so', async () => {
    const latchkey = await standIn()
    latchkey.goAway()
    const { verifier } = verifierOf(latchkey)
    const ready = verifier.ready()
    const rejected = assert.rejects(ready, /closed/)
    verifier.close()
    await rejected
    await until(() => true)
  })
})
