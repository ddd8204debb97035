import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cookieNamesOf, tokenOf } from './token-of.ts'

const https = cookieNamesOf('https://auth.example.test')
const http = cookieNamesOf('http://localhost:8000')

describe('the token that a request shows', () => {
  for (const [authorization, cookie, names, token] of [
    [undefined, undefined, https, null],
    [undefined, '', https, null],
    [undefined, 'a=b', https, null],
    ['Bearer T', undefined, https, 'T'],
    ['bearer T', undefined, https, 'T'],
    ['Bearer T', '__Host-token=C', https, 'T'],
    ['Bearer x', '__Host-token=C', https, 'x'],
    ['Bearer', '__Host-token=C', https, ''],
    ['Bearer ', '__Host-token=C', https, ''],
    ['Bearer T, Bearer U', undefined, https, 'T, Bearer U'],
    ['Basic dTpw', '__Host-token=C', https, 'C'],
    ['Token T', undefined, https, null],
    ['BearerT', undefined, https, null],
    ['', '__Host-token=C', https, 'C'],
    [undefined, '__Host-token=C', https, 'C'],
    [undefined, '__Secure-token=C', https, 'C'],
    [undefined, '__Secure-token=D; __Host-token=C', https, 'C'],
    [undefined, '__Host-token=C; __Host-token=D', https, ''],
    [undefined, '__Host-token=C; __Host-token=C', https, ''],
    [undefined, '__Secure-token=C; __Secure-token=D', https, ''],
    [undefined, '__Host-token=C; __Secure-token=D; __Secure-token=E', https, 'C'],
    [undefined, '__Host-token=; __Secure-token=D', https, 'D'],
    [undefined, '__host-token=C', https, null],
    [undefined, '\u00a0__Host-token=C', https, null],
    [undefined, 'token=C', https, null],
    [undefined, 'refresh=C', http, null],
    [undefined, 'token=C', http, 'C'],
    [undefined, '__Host-token=C', http, null],
    [undefined, 'token=C; token=D', http, ''],
    [undefined, '__Host-token=C', [], null],
    ['Bearer T', '__Host-token=C', [], 'T'],
  ] as const) {
    const of = `${JSON.stringify(authorization)} and ${JSON.stringify(cookie)} (${names.join(', ')})`
    it(`of ${of} is ${JSON.stringify(token)}`, () =>
      assert.equal(tokenOf(authorization, cookie, names), token))
  }
})
