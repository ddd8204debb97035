import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashSecret } from './hash-secret.ts'
import { isId } from './id-form.ts'
import { newId, newSecret } from './ids.ts'

describe('an id', () => {
  it('is a UUIDv7, and ids sort by age', async () => {
    const ids: string[] = []
    for (let i = 0; i < 200; i++) ids.push(newId())
    assert.ok(ids.every(isId))
    assert.equal(new Set(ids).size, 200)
    const times = ids.map((id) => id.slice(0, 13))
    assert.deepEqual(times, times.toSorted())
  })

  const others = [
    '',
    'x',
    '018f4d7e-0000-4000-8000-000000000000',
    '018f4d7e-0000-7000-c000-000000000000',
    '018F4D7E-0000-7000-8000-000000000000',
    '018f4d7e-0000-7000-8000-000000000000\n',
    ' 018f4d7e-0000-7000-8000-000000000000',
    '018f4d7e00007000800000000000000000',
  ]
  for (const text of others) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(isId(text), false))
  }
  it('018f4d7e-0000-7000-8000-000000000000 is one', () =>
    assert.equal(isId('018f4d7e-0000-7000-8000-000000000000'), true))
})

describe('a secret', () => {
  it('has 128 bits in 22 characters of base64url, and is never the same', () => {
    const secrets = Array.from({ length: 100 }, newSecret)
    assert.ok(secrets.every((secret) => /^[\w-]{22}$/.test(secret)))
    assert.equal(new Set(secrets).size, 100)
    assert.equal(Buffer.from(newSecret(), 'base64url').length, 16)
  })

  it('is kept as its SHA-256', () => {
    // FIPS 180-2 B.1.
    assert.equal(
      Buffer.from(hashSecret('abc'), 'base64url').toString('hex'),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })
})
