import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, it } from 'node:test'
import { assertionOf, cookieNamesOf, tokenOf } from './token-of.ts'

const https = cookieNamesOf('https://auth.example.test')
const http = cookieNamesOf('http://localhost:8000')
const both = ['__Host-token', '__Secure-token']

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
    // A sibling host could have planted it.
    [undefined, '__Secure-token=C', https, null],
    [undefined, '__Secure-token=C', both, 'C'],
    [undefined, '__Secure-token=D; __Host-token=C', both, 'C'],
    [undefined, '__Host-token=C; __Host-token=D', https, ''],
    [undefined, '__Host-token=C; __Host-token=C', https, ''],
    [undefined, '__Secure-token=C; __Secure-token=D', both, ''],
    [undefined, '__Host-token=C; __Secure-token=D; __Secure-token=E', both, 'C'],
    [undefined, '__Host-token=; __Secure-token=D', both, 'D'],
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
    it(`of ${of} is ${JSON.stringify(token)}, whatever kind of headers they are`, () => {
      const ofNode = {
        ...(authorization !== undefined && { authorization }),
        ...(cookie !== undefined && { cookie }),
      }
      assert.equal(tokenOf(ofNode, names), token)
      assert.equal(tokenOf(new Headers(ofNode), names), token)
    })
  }

  it('is read from a client that sends a header called `get`', () => {
    const headers: IncomingHttpHeaders = { get: 'x', authorization: 'Bearer T' }
    assert.equal(tokenOf(headers, https), 'T')
  })
})

describe('what forward auth tells of a request', () => {
  for (const [told, assertion] of [
    [undefined, null],
    // Of a proxy that has nobody to tell of.
    ['', null],
    ['T', 'T'],
    // Two of them: no token has a comma, so neither is believed.
    ['T, T', 'T, T'],
  ] as const)
    it(`is ${JSON.stringify(assertion)} of ${JSON.stringify(told)}, and nothing else is looked at`, () => {
      const ofNode = {
        ...{ authorization: 'Bearer B', cookie: '__Host-token=C', 'remote-user': 'U' },
        ...(told !== undefined && { 'remote-assertion': told }),
      }
      assert.equal(assertionOf(ofNode), assertion)
      assert.equal(assertionOf(new Headers(ofNode)), assertion)
    })
})
