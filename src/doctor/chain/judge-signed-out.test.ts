import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { APP, chain } from './chain.testing.ts'
import type { Chain } from './chain.ts'
import { judgeSignedOut } from './judge-signed-out.ts'
import type { Outcome } from './outcome.ts'
import { PAGE, XHR } from './requests.ts'

const SAYS_WHICH = /forward_auth\.refused/
const back = (next: string | null): Outcome => ({ kind: 'sign-in', next })
const said = (outcome: Outcome, { request = PAGE, known = {} as Partial<Chain> } = {}) => {
  const fault = judgeSignedOut(chain(known), request, APP, outcome)
  return fault && `${fault.level}: ${fault.what} ${fault.whatToDo}`
}

describe('the doctor, of somebody who is not signed in', () => {
  it('finds a page well that leads to the sign-in page and back, and a program that is refused', () => {
    assert.equal(said(back(APP.href)), null)
    assert.equal(said({ kind: 'refused', leads: false }, { request: XHR }), null)
  })

  for (const status of [101, 200, 204, 304])
    it(`an app that answers ${status} is open, and that is the worst`, () => {
      const outcome: Outcome = { kind: 'passed', status }
      for (const request of [PAGE, XHR]) {
        assert.match(said(outcome, { request }) ?? '', /^problem: let through, .*`auth_request/)
        assert.ok(judgeSignedOut(chain(), request, APP, outcome)?.isWorst)
      }
    })

  for (const [next, what] of [
    [null, /does not learn where to lead back to.*X-Original-URL/],
    ['http://app.example.test/wiki?q=1', /another scheme than was asked.*X-Original-URL/],
    ['https://127.0.0.1/wiki?q=1', /another host/],
    ['https://app.example.test:8443/wiki?q=1', /another port/],
    ['https://app.example.test/?q=1', /another path/],
    ['https://app.example.test/wiki', /another query/],
  ] as const)
    it(`a way back to ${next} is a problem`, () => assert.match(said(back(next)) ?? '', what))

  it('what stands behind # is no part of a request', () =>
    assert.equal(judgeSignedOut(chain(), PAGE, new URL('#here', APP), back(new URL('', APP).href)), null))

  for (const [outcome, known, what] of [
    [{ kind: 'passed', status: 404 }, {}, /^problem: answered 404, .* give --url one that it does\.$/],
    [{ kind: 'refused', leads: false }, {}, /refused \(401\), and not led .*`error_page 401/],
    [
      { kind: 'refused', leads: true },
      { proxy: 'Caddy' },
      /which no browser follows\. In Caddy see to `uri \/forward-auth\/caddy`/,
    ],
    [
      { kind: 'elsewhere', to: new URL('https://app.example.test/login?secret=1') },
      {},
      /sent to https:\/\/app\.example\.test\/login with nobody/,
    ],
    [
      { kind: 'elsewhere', to: new URL('http://127.0.0.1:8000/signin?next=x') },
      {},
      /of http:\/\/127\.0\.0\.1:8000, and not .*PUBLIC_URL/,
    ],
    [
      { kind: 'elsewhere', to: new URL('http://app.example.test/wiki') },
      {},
      /Give --url http:\/\/app\.example\.test\/wiki\.$/,
    ],
    [{ kind: 'forbidden', code: 'untrusted_proxy' }, {}, /Set TRUSTED_PROXIES/],
    [
      { kind: 'forbidden', code: 'unknown_app' },
      { leadsBack: false },
      /Add https:\/\/app\.example\.test to RETURN_TO/,
    ],
    [{ kind: 'forbidden', code: 'unknown_app' }, {}, /told another origin .*X-Original-URL/],
    [
      { kind: 'forbidden', code: null },
      { leadsBack: false },
      /Add https:\/\/app\.example\.test to RETURN_TO/,
    ],
    [{ kind: 'forbidden', code: null }, {}, SAYS_WHICH],
    [
      { kind: 'forbidden', code: null },
      { leadsBack: null },
      /TRUSTED_PROXIES.*RETURN_TO.*forward_auth\.refused/,
    ],
    [{ kind: 'misunderstood', code: 'not_found' }, {}, /at a wrong path\. .*`proxy_pass/],
    [{ kind: 'misunderstood', code: 'bad_forward' }, {}, /does not understand the proxy/],
    [{ kind: 'broken', status: 500, code: null }, {}, SAYS_WHICH],
    [{ kind: 'broken', status: 503, code: 'store_down' }, {}, /by Latchkey \(store_down\)/],
    [
      { kind: 'silent', silence: { kind: 'unreachable', code: 'ECONNREFUSED' } },
      {},
      /no answer \(ECONNREFUSED\)/,
    ],
    [{ kind: 'silent', silence: { kind: 'no-tls', code: 'EPROTO' } }, {}, /does not speak TLS/],
    [
      { kind: 'silent', silence: { kind: 'bad-certificate', code: 'CERT_HAS_EXPIRED' } },
      {},
      /NODE_EXTRA_CA_CERTS/,
    ],
  ] as [Outcome, Partial<Chain>, RegExp][])
    it(`a page: ${what.source}`, () => {
      const sentence = said(outcome, { known }) ?? ''
      assert.match(sentence, what)
      assert.match(sentence, /^problem: /)
      assert.doesNotMatch(sentence, /secret/)
    })

  it('a program that is led to the sign-in page is a problem, wherever that leads', () =>
    assert.match(
      said(back(APP.href), { request: XHR }) ?? '',
      /^problem: sent to the sign-in page, which no program/,
    ))
})
