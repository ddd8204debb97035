import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLoopback } from './loopback.ts'

describe('loopback', () => {
  for (const [name, is] of Object.entries({
    ...{ localhost: true, '127.0.0.1': true, '127.255.0.9': true, '::1': true, '[::1]': true },
    ...{ '0.0.0.0': false, '::': false, '128.0.0.1': false, 'localhost.evil.test': false, '': false },
    ...{ '127.0.0.1.evil.test': false, 'x127.0.0.1': false, '1127.0.0.1': false },
  })) {
    it(`${JSON.stringify(name)} is ${is ? '' : 'not '}this machine`, () => assert.equal(isLoopback(name), is))
  }
})
