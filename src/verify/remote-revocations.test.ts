import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { START } from '../testing.ts'
import { holdTimers, releaseTimers, settle, standIn, verifierOf } from './stand-in.testing.ts'

beforeEach(holdTimers)
afterEach(releaseTimers)

async function open(options: Parameters<typeof verifierOf>[1] = {}) {
  const latchkey = await standIn()
  const app = verifierOf(latchkey, options)
  await app.verifier.ready()
  return { latchkey, ...app }
}

describe('a sign-out', () => {
  for (const pause of [0, 0.5, 3, 24.9, 25, 25.1, 40]) {
    it(`is known within a second, ${pause} s after the last answer, for a token seen before or not`, async () => {
      const { latchkey, worth } = await open()
      const [seen, other] = [await latchkey.issue(), await latchkey.issue()]
      assert.equal(await worth(seen.token), 'live')
      await latchkey.advance(pause)
      latchkey.revoke(seen.claims.sid)
      await latchkey.advance(0.9)
      assert.equal(await worth(seen.token), 'revoked')
      assert.equal(await worth(other.token), 'live')
      latchkey.revoke(other.claims.sid)
      await latchkey.advance(0.9)
      assert.equal(await worth(other.token), 'revoked')
    })
  }

  it('of before the start is known from the first', async () => {
    const latchkey = await standIn()
    const { token, claims } = await latchkey.issue()
    latchkey.revoke(claims.sid)
    const { verifier, worth } = verifierOf(latchkey)
    await verifier.ready()
    assert.equal(await worth(token), 'revoked')
  })

  for (const [after, worthThen] of [
    [3599, 'revoked'],
    [3600, 'revoked'],
    [3601, 'live'],
  ] as const) {
    it(`is forgotten an hour after no token of it can live: ${after} s after, with the clock set back, ${worthThen}`, async () => {
      const { latchkey, worth } = await open()
      const { token, claims } = await latchkey.issue()
      latchkey.revoke(claims.sid, START + 900)
      await latchkey.advance(1)
      latchkey.clock.advance(900 + after - 1)
      latchkey.revoke('another')
      await settle()
      latchkey.clock.advance(START - latchkey.clock.now())
      assert.equal(await worth(token), worthThen)
    })
  }
})

describe('an app whose clock was two hours ahead, and is right again', () => {
  for (const [when, isBefore] of [
    ['before it started', true],
    ['while it was ahead', false],
  ] as const)
    it(`knows of who was signed out ${when}`, async () => {
      const latchkey = await standIn()
      const { token, claims } = await latchkey.issue()
      const until = START + 900
      if (isBefore) latchkey.revoke(claims.sid, until)
      latchkey.clock.advance(7200)
      const { verifier, worth } = verifierOf(latchkey)
      await verifier.ready()
      await latchkey.advance(1)
      if (!isBefore) latchkey.revoke(claims.sid, until)
      await latchkey.advance(1)
      latchkey.clock.advance(-7200)
      // At the latest with the end of the answer that it waits for.
      await latchkey.advance(26)
      assert.equal(await worth(token), 'revoked')
      const whole = latchkey.questions('revocations').filter(({ query }) => query === '')
      assert.equal(whole.length, 2)
    })

  it('does not wait for news first, when it is about to ask', async () => {
    const latchkey = await standIn()
    const { token, claims } = await latchkey.issue()
    latchkey.clock.advance(7200)
    const { verifier, worth } = verifierOf(latchkey)
    await verifier.ready()
    latchkey.revoke(claims.sid, START + 900)
    // News: the next question is asked in a moment.
    latchkey.revoke('another')
    await latchkey.advance(1.1)
    latchkey.revoke('a third')
    await settle()
    latchkey.clock.advance(-7200)
    await latchkey.advance(0.5)
    assert.equal(await worth(token), 'revoked')
  })
})

describe('another epoch', () => {
  it('refuses what was issued before it, and forgets who was signed out before it', async () => {
    const { latchkey, worth } = await open()
    const [old, signedOut] = [await latchkey.issue(), await latchkey.issue()]
    latchkey.revoke(signedOut.claims.sid)
    await latchkey.advance(1)
    await latchkey.advance(9)
    latchkey.begin('second', START + 10)
    await latchkey.advance(0.5)
    assert.equal(await worth(old.token), 'revoked')
    assert.equal(await worth((await latchkey.issue()).token), 'live')
    assert.equal(latchkey.questions('revocations').at(-2)?.query, '')
    // Its tokens are from before the epoch, which is what refuses them now.
    assert.equal(await worth(signedOut.token), 'revoked')
  })

  it('has its own list of who is signed out, and what was known before is forgotten', async () => {
    const { latchkey, worth } = await open()
    const { token, claims } = await latchkey.issue()
    latchkey.revoke(claims.sid)
    await latchkey.advance(1)
    assert.equal(await worth(token), 'revoked')
    latchkey.begin('second', START - 500)
    await latchkey.advance(0.5)
    assert.equal(await worth(token), 'live')
  })

  for (const [iat, worthThen] of [
    [-1, 'revoked'],
    [0, 'live'],
    [1, 'live'],
  ] as const) {
    it(`of the first contact: a token issued ${iat} s after it is ${worthThen}`, async () => {
      const latchkey = await standIn()
      latchkey.clock.advance(iat)
      const { token } = await latchkey.issue()
      latchkey.begin('only', START)
      const { verifier, worth } = verifierOf(latchkey)
      await verifier.ready()
      assert.equal(await worth(token), worthThen)
    })
  }

  it('lets nobody in who was signed out in it, though the list that told of it was not whole', async () => {
    const { latchkey, worth } = await open()
    await latchkey.advance(10)
    const { token, claims } = await latchkey.issue()
    const ordinary = { epoch: { id: 'second', at: START }, cursor: 'c', revoked: [] }
    // Answers a foreign cursor with nothing, and keeps the whole list for who asks without one.
    latchkey.instead.revocations = (_, { search }) =>
      Response.json(
        search ? ordinary : { ...ordinary, revoked: [{ sid: hashSecret(claims.sid), until: START + 900 }] },
      )
    latchkey.begin('second', START)
    await latchkey.advance(0.3)
    assert.equal(await worth(token), 'revoked')
  })

  it('at each answer is no reason to ask more than about twice a second', async () => {
    const { latchkey } = await open()
    let count = 0
    latchkey.instead.revocations = () =>
      Response.json({ epoch: { id: `${count++}`, at: START - 1000 }, cursor: 'c', revoked: [] })
    latchkey.begin('x', START - 1000)
    await latchkey.advance(10)
    assert.ok(count <= 22, `${count}`)
  })
})
