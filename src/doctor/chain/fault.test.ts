import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { told } from '../judge.testing.ts'
import { type Fault, findingsOf } from './fault.ts'
import { PAGE, XHR } from './requests.ts'

const fault = (what: string, level: Fault['level'] = 'problem'): Fault => ({
  level,
  what,
  whatToDo: 'Do it.',
})

describe('what is said of a row of requests', () => {
  it('is one sentence when all is well', () =>
    assert.deepEqual(told(findingsOf('Signed in', [{ request: PAGE, fault: null }], 'all pass.')), [
      'ok: Signed in: all pass.',
    ]))

  it('is each fault once, with all that have it', () =>
    assert.deepEqual(
      told(
        findingsOf(
          'Signed in',
          [
            { request: PAGE, fault: fault('closed.') },
            { request: { ...PAGE, name: 'HEAD' }, fault: null },
            { request: XHR, fault: fault('closed.') },
            { request: { ...XHR, name: 'WebSocket' }, fault: fault('odd.', 'warning') },
          ],
          '',
        ),
      ),
      ['problem: Signed in, GET of a page, XHR: closed.', 'warning: Signed in, WebSocket: odd.'],
    ))

  it('begins with the worst', () =>
    assert.deepEqual(
      told(
        findingsOf(
          'Signed out',
          [
            { request: PAGE, fault: fault('odd.') },
            { request: XHR, fault: { ...fault('open.'), isWorst: true } },
          ],
          '',
        ),
      ),
      ['problem: Signed out, XHR: open.', 'problem: Signed out, GET of a page: odd.'],
    ))
})
