import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isId } from './id-form.ts'
import { newId, newSecret } from './ids.ts'

describe('a new id', () => {
  it('is a UUIDv7, and ids sort by age', () => {
    const ids = Array.from({ length: 200 }, newId)
    assert.ok(ids.every(isId))
    assert.equal(new Set(ids).size, 200)
    const times = ids.map((id) => id.slice(0, 13))
    assert.deepEqual(times, times.toSorted())
  })
})

describe('a secret', () => {
  it('has 128 bits in 22 characters of base64url, and is never the same', () => {
    const secrets = Array.from({ length: 100 }, newSecret)
    assert.ok(secrets.every((secret) => /^[\w-]{22}$/.test(secret)))
    assert.equal(new Set(secrets).size, 100)
    assert.equal(Buffer.from(newSecret(), 'base64url').length, 16)
  })
})
