import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { told } from '../judge.testing.ts'
import { APP, PUBLIC_URL } from './chain.testing.ts'
import { judgeSpoofs } from './judge-spoofs.ts'
import type { Outcome } from './outcome.ts'
import { spoofsFor } from './spoofs.ts'

const SIGN_IN: Outcome = { kind: 'sign-in', next: APP.href }
const spoof = { name: 'X-Original-URL', headers: {} }
const said = (outcome: Outcome, plain: Outcome = SIGN_IN) =>
  told(judgeSpoofs('nginx', APP, plain, [{ spoof, outcome }])).join()

describe('the doctor, of what a client says of itself', () => {
  for (const outcome of [
    SIGN_IN,
    { kind: 'refused', leads: false },
    { kind: 'passed', status: 421 },
    { kind: 'passed', status: 404 },
    { kind: 'broken', status: 502, code: null },
    { kind: 'elsewhere', to: new URL('/other', APP) },
    { kind: 'silent', silence: { kind: 'unreachable', code: 'ECONNRESET' } },
  ] as const)
    it(`${JSON.stringify(outcome)} is as well as nothing at all`, () =>
      assert.match(said(outcome), /^ok: [^,]*$|^ok: What/))

  for (const [outcome, plain, sentence] of [
    [
      { kind: 'passed', status: 200 },
      SIGN_IN,
      /is let through, with nobody signed in: the app is open to whoever says so\.$/,
    ],
    [{ kind: 'passed', status: 101 }, { kind: 'refused', leads: false }, /is let through/],
    [
      { kind: 'sign-in', next: 'https://app.example.test/public' },
      SIGN_IN,
      /chooses which address Latchkey is asked about: https:\/\/app\.example\.test\/public\.$/,
    ],
    [{ kind: 'sign-in', next: null }, SIGN_IN, /asked about: none\.$/],
    [SIGN_IN, { kind: 'broken', status: 503, code: null }, /chooses which address/],
    [
      { kind: 'elsewhere', to: new URL('https://mallory.test/x?secret') },
      SIGN_IN,
      /is sent to https:\/\/mallory\.test\.$/,
    ],
  ] as [Outcome, Outcome, RegExp][])
    it(`${JSON.stringify(outcome)} in the place of ${plain.kind} is a problem`, () => {
      assert.match(said(outcome, plain), sentence)
      assert.match(said(outcome, plain), /^problem: A client that sends X-Original-URL /)
    })

  it('sends the host in capitals and with a dot where it is a name, with its port', () => {
    const hosts = (url: string) =>
      spoofsFor(new URL(url), PUBLIC_URL).flatMap(({ headers }) => headers.Host ?? [])
    assert.deepEqual(hosts('https://app.test/'), ['APP.TEST', 'app.test.'])
    assert.deepEqual(hosts('https://app.test:8443/'), ['APP.TEST:8443', 'app.test.:8443'])
    assert.deepEqual(hosts('http://127.0.0.1:1/'), [])
  })
})
