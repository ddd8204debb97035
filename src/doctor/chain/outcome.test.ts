import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answer, PUBLIC_URL } from './chain.testing.ts'
import { outcomeOf } from './outcome.ts'

const to = (address: string) => ({ location: new URL(address) })
const saying = (code: string) => ({
  text: JSON.stringify({ title: 'No', status: 400, code, request_id: 'r' }),
})
const OF_THE_APP = { text: '{"code":"not_found"}' }

describe('what became of a request', () => {
  for (const [what, reply, outcome] of [
    [
      'no answer',
      { kind: 'unreachable', code: 'X' },
      { kind: 'silent', silence: { kind: 'unreachable', code: 'X' } },
    ],
    ['a page', answer(200), { kind: 'passed', status: 200 }],
    ['a WebSocket', answer(101), { kind: 'passed', status: 101 }],
    ['not modified', answer(304), { kind: 'passed', status: 304 }],
    ['a redirect that leads nowhere', answer(302), { kind: 'passed', status: 302 }],
    ['a page that is not there', answer(404), { kind: 'passed', status: 404 }],
    ['an app that says it in our words', answer(404, OF_THE_APP), { kind: 'passed', status: 404 }],
    [
      'our sign-in page',
      answer(302, to(`${PUBLIC_URL}/signin?next=https%3A%2F%2Fa.test%2F`)),
      { kind: 'sign-in', next: 'https://a.test/' },
    ],
    [
      'the same by 303, to our own path',
      answer(303, to(`${PUBLIC_URL}/signin?next=%2Fapp`)),
      { kind: 'sign-in', next: `${PUBLIC_URL}/app` },
    ],
    [
      'our sign-in page with no next',
      answer(302, to(`${PUBLIC_URL}/signin`)),
      { kind: 'sign-in', next: null },
    ],
    [
      'another sign-in page',
      answer(302, to('http://127.0.0.1:8000/signin?next=x')),
      { kind: 'elsewhere', to: new URL('http://127.0.0.1:8000/signin?next=x') },
    ],
    [
      'another page of ours',
      answer(302, to(`${PUBLIC_URL}/welcome`)),
      { kind: 'elsewhere', to: new URL(`${PUBLIC_URL}/welcome`) },
    ],
    ['401', answer(401), { kind: 'refused', leads: false }],
    ['401 that leads', answer(401, to(`${PUBLIC_URL}/signin?next=x`)), { kind: 'refused', leads: true }],
    ['403', answer(403), { kind: 'forbidden', code: null }],
    ['403 of ours', answer(403, saying('unknown_app')), { kind: 'forbidden', code: 'unknown_app' }],
    ['500', answer(500), { kind: 'broken', status: 500, code: null }],
    ['503 of ours', answer(503, saying('store_down')), { kind: 'broken', status: 503, code: 'store_down' }],
    ['400 of ours', answer(400, saying('bad_forward')), { kind: 'misunderstood', code: 'bad_forward' }],
    ['404 of ours', answer(404, saying('not_found')), { kind: 'misunderstood', code: 'not_found' }],
  ] as const)
    it(`${what} is ${outcome.kind}`, () => assert.deepEqual(outcomeOf(reply, PUBLIC_URL), outcome))
})
