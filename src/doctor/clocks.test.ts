import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeClocks } from './clocks.ts'
import { told } from './judge.testing.ts'

const offset = (aheadSeconds: number, whose = 'web-1:8000') => ({
  ...{ whose, ofWhat: 'the database', aheadSeconds },
})

describe('the doctor, of clocks', () => {
  for (const [ahead, expected] of [
    [0, 'ok: The clocks agree to 2 seconds.'],
    [1, 'ok: The clocks agree to 2 seconds.'],
    [2, 'ok: The clocks agree to 2 seconds.'],
    [-2, 'ok: The clocks agree to 2 seconds.'],
    [3, 'warning: The clock of web-1:8000 is 3 s ahead of that of the database.'],
    [-3, 'warning: The clock of web-1:8000 is 3 s behind that of the database.'],
    [5, 'warning: The clock of web-1:8000 is 5 s ahead of that of the database.'],
    [-5, 'warning: The clock of web-1:8000 is 5 s behind that of the database.'],
    [6, 'problem: The clock of web-1:8000 is 6 s ahead of that of the database.'],
    [-6, 'problem: The clock of web-1:8000 is 6 s behind that of the database.'],
  ] as const)
    it(`finds one that is ${ahead} s ahead: ${expected.split(':')[0]}`, () =>
      assert.deepEqual(told(judgeClocks([offset(ahead)])), [expected]))

  it('names each that differs, and none that does not', () =>
    assert.deepEqual(told(judgeClocks([offset(9), offset(0, 'web-2:8000'), offset(-3, 'this machine')])), [
      'problem: The clock of web-1:8000 is 9 s ahead of that of the database.',
      'warning: The clock of this machine is 3 s behind that of the database.',
    ]))
})
