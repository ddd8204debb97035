import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hasNameTwice } from './json-names.ts'

describe('an object written as JSON', () => {
  const twice = [
    '{"a":1,"a":2}',
    '{"a":{},"b":[{}],"a":2}',
    '{"a":1,"\\u0061":2}',
    '{ "a" : 1 , "a"\n: 2}',
    '{"__proto__":1,"__proto__":2}',
  ]
  for (const json of twice) it(`has a name twice: ${json}`, () => assert.equal(hasNameTwice(json), true))

  const once = [
    '{}',
    '{"a":"a","b":"a"}',
    '{"a":{"a":1}}',
    '{"a":[{"a":1},{"a":2}]}',
    '{"a":"\\"a\\":1,","b":"}{"}',
    '{"a":1,"A":2}',
  ]
  for (const json of once) it(`has each once: ${json}`, () => assert.equal(hasNameTwice(json), false))

  it('that JSON.stringify wrote has each once', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        (value) => !hasNameTwice(JSON.stringify(value)),
      ),
    )
  })
})
