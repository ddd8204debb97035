import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { AUDIENCE, tokenPolicy as policy } from '../vectors/rig.testing.ts'
import { type Claims, judgeClaims } from './claims.ts'

const good: Claims = {
  iss: policy.issuer,
  aud: AUDIENCE,
  sub: newId(),
  sid: newId(),
  jti: newId(),
  iat: START,
  exp: START + 300,
  auth_time: START,
  username: 'user1',
  role: 'user',
}

const judge = (change: Record<string, unknown>, now = START) =>
  judgeClaims({ ...good, ...change }, policy, now).kind

const table = (title: string, rows: [Record<string, unknown>, string, number?][]) =>
  describe(title, () => {
    for (const [change, kind, now] of rows) {
      const when = now === undefined ? '' : ` at ${now - START} s`
      it(`${JSON.stringify(change)}${when} is ${kind}`, () => assert.equal(judge(change, now), kind))
    }
  })

table('claims > exp', [
  [{}, 'valid', START + 299],
  [{}, 'expired', START + 300],
  [{}, 'expired', START + 301],
  [{ exp: START + 1 }, 'valid'],
  [{ exp: START + 0.5 }, 'valid'],
  [{ exp: START + 0.5 }, 'expired', START + 1],
])

table('claims > the longest token life', [
  [{ exp: START + 899 }, 'valid'],
  [{ exp: START + 900 }, 'valid'],
  [{ exp: START + 900.5 }, 'invalid'],
  [{ exp: START + 901 }, 'invalid'],
  [{ exp: START + 315_360_000 }, 'invalid'],
  [{ iat: START - 600, exp: START + 300 }, 'valid'],
  [{ iat: START - 601, exp: START + 300 }, 'invalid'],
  [{ exp: START, iat: START }, 'invalid'],
  [{ exp: START - 1, iat: START }, 'invalid'],
])

table('claims > iat has five seconds of leeway, for the clocks of two nodes', [
  [{ iat: START + 2 }, 'valid'],
  [{ iat: START + 4 }, 'valid'],
  [{ iat: START + 5 }, 'valid'],
  [{ iat: START + 6 }, 'invalid'],
  [{ iat: START + 3600, exp: START + 3700 }, 'invalid'],
])

table('claims > aud may be a list, and one of it must be ours', [
  [{ aud: [AUDIENCE] }, 'valid'],
  [{ aud: ['x', AUDIENCE] }, 'valid'],
  [{ aud: ['x', 'y'] }, 'invalid'],
  [{ aud: [AUDIENCE, AUDIENCE.toUpperCase()] }, 'valid'],
])

table('claims > name and email may be left out', [
  [{ name: 'Ada', email: 'ada@example.org' }, 'valid'],
  [{ name: '' }, 'invalid'],
  [{ name: 1 }, 'invalid'],
  [{ email: null }, 'invalid'],
  [{ email: ['ada@example.org'] }, 'invalid'],
])

table('claims > nbf is honoured when it is there', [
  [{ nbf: START - 1 }, 'valid'],
  [{ nbf: START }, 'valid'],
  [{ nbf: START + 1 }, 'invalid'],
  [{ nbf: '1' }, 'invalid'],
  [{ nbf: null }, 'invalid'],
])

describe('claims > each is required, and of its type (fix a5bd9ebe, GHSA-m732-5p4w-x69g)', () => {
  const wrong: Record<keyof Omit<Claims, 'nbf' | 'name' | 'email'>, unknown[]> = {
    iss: ['', 'https://evil.test', `${policy.issuer}/`, [policy.issuer], policy.issuer.toUpperCase()],
    aud: [
      '',
      [],
      ['x'],
      [AUDIENCE, 1],
      [AUDIENCE, ''],
      [[AUDIENCE]],
      `${AUDIENCE},x`,
      AUDIENCE.slice(0, -1),
      {},
    ],
    sub: ['', 1, 'user1', '00000000-0000-4000-8000-000000000000'],
    sid: ['', 1, 'sid', '../../etc', "x' OR '1'='1"],
    jti: ['', 1, 'jti'],
    iat: ['1', 0, -1, START + 0.5, true, []],
    exp: [String(good.exp), true, [], {}, -1, 0, Number.NaN, Number.POSITIVE_INFINITY],
    auth_time: ['1', 0, -1, 1.5],
    username: ['', 1, ['user1']],
    role: ['', 'root', 'Admin', ['admin'], 1],
  }
  for (const [name, values] of Object.entries(wrong)) {
    it(`${name}`, () => {
      const { [name as keyof Claims]: _, ...without } = good
      assert.equal(judgeClaims(without, policy, START).kind, 'invalid')
      for (const value of [...values, null, undefined]) assert.equal(judge({ [name]: value }), 'invalid')
    })
  }

  for (const payload of [null, undefined, 'x', 1, true, [], [good], {}]) {
    it(`not ${JSON.stringify(payload)} in their place`, () =>
      assert.equal(judgeClaims(payload, policy, START).kind, 'invalid'))
  }

  it('and none that we do not know is handed on', () => {
    const judged = judgeClaims({ ...good, isAdmin: true, constructor: 'x' }, policy, START)
    assert.deepEqual(judged, { kind: 'valid', claims: good })
  })

  it('also an expired token is judged by all of them (CVE-2026-28513)', () => {
    assert.equal(judge({ aud: 'x' }, START + 400), 'invalid')
    assert.equal(judge({ iss: 'x' }, START + 400), 'invalid')
  })
})
