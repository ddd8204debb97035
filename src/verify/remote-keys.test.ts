import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { newId } from '../lib/ids.ts'
import { forge, forgingKey } from '../vectors/forge.testing.ts'
import { holdTimers, ISSUER, releaseTimers, standIn, until, verifierOf } from './stand-in.testing.ts'

beforeEach(holdTimers)
afterEach(releaseTimers)

const [keyA, keyB, stranger] = [await forgingKey(), await forgingKey('EdDSA'), await forgingKey()]

/** A token that anybody could make. */
const madeUp = () => forge({ alg: 'ES256', typ: 'JWT', kid: newId() }, {}, stranger.secret, 'ES256')

async function open() {
  const latchkey = await standIn([keyA])
  const app = verifierOf(latchkey)
  await app.verifier.ready()
  const asked = () => latchkey.questions('keys').length
  return { latchkey, asked, ...app }
}

describe('the published keys', () => {
  it('are asked for each minute, by their ETag once they are known', async () => {
    const { latchkey } = await open()
    await latchkey.advance(181)
    const questions = latchkey.questions('keys')
    assert.deepEqual(
      questions.map(({ at }) => at),
      [0, 60, 120, 180],
    )
    assert.equal(questions[0]?.etag, null)
    for (const { etag } of questions.slice(1)) assert.match(etag ?? '', /^".{43}"$/)
  })

  it('that are new are known before they sign, and tokens found good stay known without another check', async () => {
    const { latchkey, verifier, worth } = await open()
    const { token } = await latchkey.issue({ lifeSeconds: 900 })
    assert.equal(await worth(token), 'live')
    latchkey.publish([keyA, keyB])
    await latchkey.advance(61)
    assert.ok(!(verifier.verify(token) instanceof Promise))
    const { token: next } = await latchkey.issue({ by: keyB })
    assert.equal(await worth(next), 'live')
    assert.equal(latchkey.questions('keys').length, 2)
  })

  it('that are gone verify nothing any more, within a minute', async () => {
    const { latchkey, worth, verifier } = await open()
    const { token } = await latchkey.issue({ lifeSeconds: 900 })
    assert.equal(await worth(token), 'live')
    latchkey.publish([keyB])
    await latchkey.advance(60)
    await until(() => verifier.verify(token) instanceof Promise)
    assert.equal(await worth(token), 'invalid')
  })

  it('all gone: every token is refused, and the operator is told', async () => {
    const { latchkey, worth, troubles, verifier } = await open()
    const { token } = await latchkey.issue({ lifeSeconds: 900 })
    assert.equal(await worth(token), 'live')
    latchkey.publish([])
    await latchkey.advance(60)
    await until(() => verifier.verify(token) instanceof Promise)
    assert.equal(await worth(token), 'invalid')
    assert.match(troubles[0] ?? '', /holds no key/)
    // However long that goes on: it is an answer, and not that nobody can know.
    await latchkey.advance(130)
    assert.equal(await worth(token), 'invalid')
    assert.equal(verifier.state().isAvailable, true)
  })

  it('that no app can check tokens with: it is not ready before there was another one', async () => {
    const latchkey = await standIn([])
    const { verifier, worth, troubles } = verifierOf(latchkey)
    let isReady = false
    const ready = verifier.ready().then(() => {
      isReady = true
    })
    const { token } = await latchkey.issue({ by: keyA, lifeSeconds: 900 })
    await latchkey.advance(30)
    const { isAvailable, keysAgeSeconds } = verifier.state()
    assert.deepEqual([isReady, isAvailable, keysAgeSeconds], [false, false, null])
    assert.equal(await worth(token), 'unavailable')
    assert.match(troubles[0] ?? '', /holds no key that an app can check tokens with/)
    latchkey.publish([keyA])
    await latchkey.advance(10)
    await ready
    assert.equal(await worth(token), 'live')
  })

  it('with another key under a known id: what the old one signed is refused', async () => {
    const { latchkey, verifier, worth } = await open()
    const { token } = await latchkey.issue({ lifeSeconds: 900 })
    assert.equal(await worth(token), 'live')
    latchkey.publish([await forgingKey('ES256', keyA.kid)])
    await latchkey.advance(60)
    await until(() => verifier.verify(token) instanceof Promise)
    assert.equal(await worth(token), 'invalid')
  })
})

describe('a token of an unknown key', () => {
  it('has the keys asked for, once for all that come meanwhile, and all of them are then let in', async () => {
    const { latchkey, worth, asked } = await open()
    latchkey.publish([keyA, keyB])
    const tokens = await Promise.all(Array.from({ length: 20 }, () => latchkey.issue({ by: keyB })))
    const worths = await Promise.all(tokens.map(({ token }) => worth(token)))
    assert.deepEqual(new Set(worths), new Set(['live']))
    assert.equal(asked(), 2)
  })

  it('that nobody published costs Latchkey one question in 30 seconds, however many come', async () => {
    const { latchkey, worth, asked } = await open()
    for (const [at, questions] of [
      [0, 2],
      [29, 2],
      [30, 3],
      [31, 3],
      [59, 3],
    ] as const) {
      await latchkey.advance(at - latchkey.steadyClock.now())
      for (let i = 0; i < 25; i++) assert.equal(await worth(madeUp()), 'invalid')
      assert.equal(asked(), questions, `after ${at} s`)
    }
  })

  it('of a name that every object has is like any other', async () => {
    const { worth } = await open()
    for (const kid of ['__proto__', 'constructor', 'toString', '../../etc/passwd', 'x'.repeat(2000)])
      assert.equal(
        await worth(forge({ alg: 'ES256', typ: 'JWT', kid }, {}, stranger.secret, 'ES256')),
        'invalid',
      )
  })

  it('asks for nothing when it is malformed, or its key is known and its signature bad', async () => {
    const { latchkey, worth, asked } = await open()
    const { claims } = await latchkey.issue()
    const header = { alg: 'ES256', typ: 'JWT', kid: keyA.kid }
    assert.equal(await worth(forge(header, claims, stranger.secret, 'ES256')), 'invalid')
    assert.equal(
      await worth(forge({ ...header, kid: newId(), jku: ISSUER }, claims, keyA.secret, 'ES256')),
      'invalid',
    )
    for (const text of ['', 'x', 'a.b', 'e30.e30.e30.e30.e30']) assert.equal(await worth(text), 'malformed')
    assert.equal(asked(), 1)
  })

  it('whose question fails is unavailable, for it may be good, and others go on', async () => {
    const { latchkey, worth, asked } = await open()
    const [known, unknown] = [await latchkey.issue(), await latchkey.issue({ by: keyB })]
    latchkey.publish([keyA, keyB])
    latchkey.instead.keys = latchkey.away
    for (let i = 0; i < 25; i++) {
      // Made up: they cost Latchkey no more than before, and turn nobody's answer into a sign-out.
      assert.equal(await worth(madeUp()), 'unavailable')
      assert.equal(await worth(unknown.token), 'unavailable')
      assert.equal(await worth(known.token), 'live')
    }
    assert.equal(asked(), 2)
    latchkey.comeBack()
    await latchkey.advance(30)
    assert.deepEqual([await worth(unknown.token), await worth(madeUp())], ['live', 'invalid'])
  })

  it('whose question was answered with no JWK Set is unavailable too', async () => {
    const { latchkey, worth } = await open()
    const { token } = await latchkey.issue({ by: keyB })
    latchkey.instead.keys = () => new Response('x')
    assert.equal(await worth(token), 'unavailable')
  })

  it('that was asked for a moment ago, and is not published, is refused without another question', async () => {
    const { latchkey, worth, asked } = await open()
    assert.equal(await worth(madeUp()), 'invalid')
    latchkey.instead.keys = latchkey.away
    assert.equal(await worth(madeUp()), 'invalid')
    assert.equal(asked(), 2)
  })

  it('has its trouble told, and a token of a known key with a bad signature is refused all the same', async () => {
    const { latchkey, worth, troubles } = await open()
    const { claims } = await latchkey.issue()
    latchkey.instead.keys = latchkey.away
    assert.equal(await worth(madeUp()), 'unavailable')
    assert.deepEqual(troubles, ['/.well-known/jwks.json does not answer (ECONNREFUSED)'])
    const header = { alg: 'ES256', typ: 'JWT', kid: keyA.kid }
    assert.equal(await worth(forge(header, claims, stranger.secret, 'ES256')), 'invalid')
  })
})
