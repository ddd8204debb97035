import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secretPrint } from './secret-print.ts'

const secret = (text: string) => new TextEncoder().encode(text.padEnd(32, '.'))

describe('the fingerprint of a secret', () => {
  it('is the same for the same secret, on every node and in every version', () => {
    assert.equal(secretPrint(secret('one')), '8MqPhbiQ9BI')
  })

  it('is another for another secret', () => {
    assert.notEqual(secretPrint(secret('one')), secretPrint(secret('two')))
  })
})
