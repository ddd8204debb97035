import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeCookies } from './cookies.ts'
import { told } from './judge.testing.ts'

const settings = { publicUrl: 'https://auth.example.org', cookieDomain: null, host: '127.0.0.1' }

describe('the doctor, of cookies', () => {
  for (const [given, expected] of [
    [{}, 'ok: The cookie is for auth.example.org alone (__Host-), and goes over https only.'],
    [
      { host: '0.0.0.0' },
      'ok: The cookie is for auth.example.org alone (__Host-), and goes over https only.',
    ],
    [
      { cookieDomain: 'example.org' },
      'warning: COOKIE_DOMAIN is set: every host of example.org sees the access token, and can act as that person until it expires.',
    ],
    [
      { publicUrl: 'http://localhost:8000' },
      'ok: PUBLIC_URL is this machine only, where the cookie may go over plain http.',
    ],
    [
      { publicUrl: 'http://localhost:8000', host: '0.0.0.0' },
      'warning: HOST lets other machines in, and PUBLIC_URL is this machine only: nobody else can sign in.',
    ],
  ] as const)
    it(`says of ${JSON.stringify(given)} who is given them`, () =>
      assert.deepEqual(told(judgeCookies({ ...settings, ...given })), [expected]))
})
