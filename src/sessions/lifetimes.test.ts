import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { absoluteEnd, idleEnd, type SessionPolicy, tokenExpiry } from './lifetimes.ts'
import type { RefreshState } from './session.ts'

const NOW = 1_800_000_000
const policy: SessionPolicy = {
  ...{ tokenTtlSeconds: 300, apiTokenTtlSeconds: 900, refreshWindowSeconds: 30 },
  ...{ refreshTtlSeconds: 604_800, sessionMaxAgeSeconds: 43_200, rememberMaxAgeSeconds: 2_592_000 },
}
const refresh: RefreshState = {
  ...{ salt: 'salt', rotation: 0, currentHash: 'hash', previousHash: null, rotatedAt: NOW },
}

/** Each kind of session: how long its access tokens live, and how long it lasts while nobody uses it. */
const kinds = [
  ['a cookie session', { carrier: 'cookie', refresh: null }, 300, 300],
  ['a remembered one', { carrier: 'cookie', refresh }, 300, 604_800],
  ['an API session without a refresh token', { carrier: 'bearer', refresh: null }, 900, 900],
  ['an API pair', { carrier: 'bearer', refresh }, 900, 604_800],
] as const

describe('the absolute end', () => {
  it('is 12 hours away, or 30 days with a refresh token', () => {
    assert.equal(absoluteEnd(false, policy, NOW), NOW + 43_200)
    assert.equal(absoluteEnd(true, policy, NOW), NOW + 2_592_000)
  })
})

for (const [what, session, ttl, idle] of kinds) {
  describe(`the idle end of ${what}`, () => {
    for (const left of [2_592_000, idle + 1, idle, idle - 1, 1, 0]) {
      it(`is ${Math.min(idle, left)} s away with ${left} s left until its absolute end`, () =>
        assert.equal(idleEnd({ ...session, endsAt: NOW + left }, policy, NOW), NOW + Math.min(idle, left)))
    }
  })

  describe(`the expiry of an access token of ${what}`, () => {
    for (const left of [604_800, ttl + 1, ttl, ttl - 1, 1, 0]) {
      it(`is ${Math.min(ttl, left)} s away with ${left} s left until its idle end`, () =>
        assert.equal(
          tokenExpiry({ ...session, expiresAt: NOW + left }, policy, NOW),
          NOW + Math.min(ttl, left),
        ))
    }
  })
}
