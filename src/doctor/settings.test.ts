import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { told } from './judge.testing.ts'
import { judgeSettings } from './settings.ts'

describe('the doctor, of the settings', () => {
  it('says that all is well, once', () =>
    assert.deepEqual(told(judgeSettings([])), ['ok: All settings can be read, and agree with each other.']))

  it('names every problem, in the words of a start', () =>
    assert.deepEqual(told(judgeSettings(['PORT must be a number.', 'HOST must be set.'])), [
      'problem: PORT must be a number.',
      'problem: HOST must be set.',
    ]))
})
