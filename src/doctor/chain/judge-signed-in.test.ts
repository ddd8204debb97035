import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { APP, chain } from './chain.testing.ts'
import type { Fault } from './fault.ts'
import { judgeRevoked, judgeSignedIn, judgeWrongRole } from './judge-signed-in.ts'
import type { Outcome } from './outcome.ts'
import { PAGE, XHR } from './requests.ts'

const said = (fault: Fault | null) => (fault ? `${fault.level}: ${fault.what} ${fault.whatToDo}` : 'well')
const SIGN_IN: Outcome = { kind: 'sign-in', next: APP.href }
const REFUSED: Outcome = { kind: 'refused', leads: false }
const PASSED: Outcome = { kind: 'passed', status: 200 }
const forbidden = (code: string | null = null): Outcome => ({ kind: 'forbidden', code })
const broken = (code: string | null = null): Outcome => ({ kind: 'broken', status: 502, code })

describe('the doctor, of somebody who is signed in', () => {
  for (const [outcome, page, program] of [
    [PASSED, /^well$/, /^well$/],
    [{ kind: 'passed', status: 404 }, /^well$/, /^well$/],
    [{ kind: 'elsewhere', to: new URL('/home', APP) }, /^well$/, /^well$/],
    [SIGN_IN, /^problem: .* a loop\. .*`proxy_set_header Cookie/, /^problem: .* a loop/],
    [REFUSED, /^problem: refused \(401\), as if/, /^warning: refused .* the app itself says\.$/],
    [forbidden(), /^problem: forbidden .*admins alone/, /^warning: forbidden/],
    [forbidden('unknown_app'), /^problem: .*another origin/, /^problem: /],
    [broken(), /^problem: answered 502: the proxy does not reach the app, or Latchkey/, /^well$/],
    [broken('store_down'), /^problem: /, /^problem: /],
    [{ kind: 'misunderstood', code: 'bad_forward' }, /^problem: answered 400/, /^problem: /],
    [{ kind: 'silent', silence: { kind: 'unreachable', code: 'X' } }, /^problem: no answer/, /^problem: /],
  ] as [Outcome, RegExp, RegExp][])
    it(`${JSON.stringify(outcome)}: ${page.source}`, () => {
      assert.match(said(judgeSignedIn(chain(), true, APP, outcome)), page)
      assert.match(said(judgeSignedIn(chain(), false, APP, outcome)), program)
    })
})

describe('the doctor, of a part for another role', () => {
  for (const [outcome, sentence] of [
    [forbidden(), /^well$/],
    [PASSED, /^problem: not forbidden .*role=admin/],
    [{ kind: 'elsewhere', to: APP }, /^problem: not forbidden/],
    [SIGN_IN, /^problem: .* a loop/],
    [REFUSED, /^problem: refused/],
  ] as [Outcome, RegExp][])
    it(`${outcome.kind}: ${sentence.source}`, () =>
      assert.match(said(judgeWrongRole(chain(), APP, outcome)), sentence))
})

describe('the doctor, of the token of a session that is over', () => {
  for (const [request, outcome, sentence] of [
    [PAGE, SIGN_IN, /^well$/],
    [XHR, REFUSED, /^well$/],
    [PAGE, PASSED, /^problem: let in by the token of a session that has ended\. .*proxy_cache/],
    [XHR, PASSED, /^problem: let in/],
    [PAGE, REFUSED, /^problem: refused \(401\), and not led/],
  ] as const)
    it(`${request.name}, ${outcome.kind}: ${sentence.source}`, () =>
      assert.match(said(judgeRevoked(chain(), request, APP, outcome)), sentence))
})
