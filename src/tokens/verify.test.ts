import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { forge, forgingKey, ringOf } from '../vectors/forge.testing.ts'
import { AUDIENCE, tokenPolicy as policy } from '../vectors/rig.testing.ts'
import { ALGORITHMS } from './algorithms.ts'
import { createIssuer } from './issue.ts'
import type { SigningKey } from './signing-key.ts'
import { createTokenVerifier } from './verify.ts'

const about = {
  sub: newId(),
  sid: newId(),
  auth_time: START,
  username: 'user1',
  role: 'user' as const,
  exp: START + 300,
  name: null,
  email: null,
}

/** A verifier over keys that the test replaces, which counts how often a key is used for a signature. */
function open(keys: SigningKey[]) {
  const clock = manualClock(START)
  const ring = ringOf(keys)
  const { verify } = createTokenVerifier({ ring, policy, clock })
  return {
    clock,
    issue: createIssuer({ ring, policy, extraClaims: [], clock }),
    verify,
    kindOf: async (token: string) => (await verify(token)).kind,
    /** Whether the answer is there at once, which only a remembered token's is. */
    isRemembered: (token: string) => !(verify(token) instanceof Promise),
    replaceKeys: ring.replace,
  }
}

const keyA = await forgingKey()
const keyB = await forgingKey()

describe('a token that was found good', () => {
  it('is remembered, with the very same claims', async () => {
    const { issue, verify, isRemembered } = open([keyA])
    const { token } = await issue(about)
    assert.ok(!isRemembered(token))
    const first = await verify(token)
    assert.ok(isRemembered(token))
    assert.deepEqual(await verify(token), first)
  })

  for (const [age, kind] of [
    [0, 'valid'],
    [299, 'valid'],
    [300, 'expired'],
    [301, 'expired'],
    [86_400, 'expired'],
  ] as const) {
    it(`is ${kind} after ${age} seconds, remembered or not`, async () => {
      const { clock, issue, kindOf } = open([keyA])
      const { token } = await issue(about)
      assert.equal(await kindOf(token), 'valid')
      clock.advance(age)
      assert.equal(await kindOf(token), kind)
      const fresh = open([keyA])
      fresh.clock.advance(age)
      assert.equal(await fresh.kindOf(token), kind)
    })
  }

  it('is refused as soon as its key is gone', async () => {
    const { issue, kindOf, replaceKeys } = open([keyA])
    const { token } = await issue(about)
    assert.equal(await kindOf(token), 'valid')
    replaceKeys([keyB])
    assert.equal(await kindOf(token), 'invalid')
    replaceKeys([keyA, keyB])
    assert.equal(await kindOf(token), 'valid')
  })

  it('is refused when another key has come under the same id', async () => {
    const { issue, kindOf, replaceKeys } = open([keyA])
    const { token } = await issue(about)
    assert.equal(await kindOf(token), 'valid')
    replaceKeys([await forgingKey('ES256', keyA.kid)])
    assert.equal(await kindOf(token), 'invalid')
  })

  it('does not lend its name to another text of the same claims', async () => {
    const { issue, kindOf } = open([keyA])
    const { token } = await issue(about)
    await kindOf(token)
    assert.equal(await kindOf(`${token}=`), 'malformed')
    assert.equal(await kindOf(`${token}\n`), 'malformed')
    assert.equal(await kindOf(`${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`), 'invalid')
  })

  it('is remembered among 5000 at most, and verified anew when it was forgotten', async () => {
    const { issue, verify, kindOf, isRemembered } = open([await forgingKey('EdDSA')])
    const { token: oldest } = await issue(about)
    await verify(oldest)
    let last = ''
    for (let i = 0; i < 50; i++) {
      const issued = await Promise.all(Array.from({ length: 100 }, () => issue(about)))
      await Promise.all(issued.map(({ token }) => verify(token)))
      last = issued.at(-1)?.token ?? ''
    }
    assert.ok(isRemembered(last))
    assert.ok(!isRemembered(oldest))
    assert.equal(await kindOf(oldest), 'valid')
  })
})

describe('a token that was not found good is not remembered', () => {
  for (const [what, change] of Object.entries({ expired: { exp: START }, 'for others': { aud: 'x' } })) {
    it(what, async () => {
      const { isRemembered, verify } = open([keyA])
      const header = { alg: 'ES256', typ: 'JWT', kid: keyA.kid }
      const payload = {
        iss: policy.issuer,
        aud: AUDIENCE,
        jti: newId(),
        iat: START - 9,
        ...about,
        // Said only when asked for.
        ...{ name: undefined, email: undefined },
        ...change,
      }
      const token = forge(header, payload, keyA.secret, 'ES256')
      await verify(token)
      assert.ok(!isRemembered(token))
    })
  }
})

describe('a token with any change', () => {
  for (const alg of ALGORITHMS) {
    it(`of one bit in its text is refused (${alg})`, async () => {
      const { issue, kindOf } = open([await forgingKey(alg)])
      const { token } = await issue(about)
      assert.equal(await kindOf(token), 'valid')
      const bit = fc.record({ at: fc.nat(token.length - 1), bit: fc.nat(7) })
      await fc.assert(
        fc.asyncProperty(bit, async ({ at, bit }) => {
          const bytes = Buffer.from(token)
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
          assert.notEqual(await kindOf(bytes.toString('latin1')), 'valid')
        }),
        { numRuns: 150 },
      )
    })
  }

  it('of any piece gives no, or the identical claims', async () => {
    const { issue, verify } = open([keyA])
    const { token, claims } = await issue(about)
    const { token: other } = await issue({ ...about, role: 'admin', username: 'root' })
    const piece = fc.oneof(fc.constantFrom(...token.split('.'), ...other.split('.')), fc.string())
    await fc.assert(
      fc.asyncProperty(piece, piece, piece, async (...parts) => {
        const text = parts.join('.')
        const verified = await verify(text)
        if (text === other || verified.kind !== 'valid') return
        assert.deepEqual(verified.claims, claims)
        assert.equal(text, token)
      }),
      { numRuns: 300, examples: [other.split('.') as [string, string, string]] },
    )
  })

  it('of its whole text is refused, and never a crash', async () => {
    const { kindOf } = open([keyA])
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        assert.ok(['malformed', 'invalid'].includes(await kindOf(text)))
      }),
    )
  })
})
