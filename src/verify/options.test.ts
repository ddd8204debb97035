import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readOptions, type VerifierOptions } from './options.ts'

const issuer = 'https://auth.example.test'

describe('the issuer', () => {
  for (const good of [
    issuer,
    'https://auth.example.test:8443',
    'http://localhost:8000',
    'http://127.0.0.1:8000',
    'http://[::1]:8000',
  ])
    it(`may be ${good}`, () => assert.equal(readOptions({ issuer: good }).policy.issuer, good))

  for (const [bad, says] of [
    [`${issuer}/`, /write https:\/\/auth\.example\.test$/],
    [`${issuer}/signin`, /write https:\/\/auth\.example\.test$/],
    [`${issuer}?a=b`, /write/],
    [`${issuer}:443`, /write https:\/\/auth\.example\.test$/],
    ['https://AUTH.example.test', /write https:\/\/auth\.example\.test$/],
    ['https://user:secret@auth.example.test', /write https:\/\/auth\.example\.test$/],
    ['http://auth.example.test', /must be https/],
    ['http://localhost.evil.test', /must be https/],
    ['auth.example.test', /PUBLIC_URL/],
    ['ftp://auth.example.test', /PUBLIC_URL/],
    ['', /PUBLIC_URL/],
    [undefined, /PUBLIC_URL/],
    [7, /PUBLIC_URL/],
  ] as const)
    it(`cannot be ${JSON.stringify(bad)}`, () =>
      assert.throws(
        () => readOptions({ issuer: bad as string }),
        (error) =>
          error instanceof TypeError && says.test(error.message) && !error.message.includes('secret'),
      ))
})

describe('other options', () => {
  for (const bad of [
    { audience: '' },
    { audience: [] },
    { audience: [''] },
    { audience: [7] },
    { maxStaleSeconds: 4 },
    { maxStaleSeconds: Number.NaN },
    { maxStaleSeconds: Number.POSITIVE_INFINITY },
    { maxStaleSeconds: '60' },
    { longestTokenLifeSeconds: 0 },
    { longestTokenLifeSeconds: Number.NaN },
    { app: '' },
    { app: 'app.example.test' },
    { app: 'https://app.example.test/' },
    { app: 'https://app.example.test/wiki' },
    { app: 'https://APP.example.test' },
    { app: 'https://app.example.test:443' },
    { app: 7 },
    { app: 'https://app.example.test', audience: 'https://app.example.test' },
  ])
    it(`cannot be ${JSON.stringify(bad)}`, () =>
      assert.throws(() => readOptions({ issuer, ...bad } as VerifierOptions), TypeError))

  it('are filled in: the audience is the issuer, a minute stale, a token of a day at most', () => {
    const { policy, maxStaleSeconds } = readOptions({ issuer })
    assert.deepEqual(policy, { issuer, audiences: [issuer], longestTokenLifeSeconds: 86_400 })
    assert.equal(maxStaleSeconds, 60)
  })

  it('may be at their bounds', () => {
    assert.equal(readOptions({ issuer, maxStaleSeconds: 5 }).maxStaleSeconds, 5)
  })
})
