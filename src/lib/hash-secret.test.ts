import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashSecret } from './hash-secret.ts'

it('a secret is kept as its SHA-256', () => {
  // FIPS 180-2 B.1.
  assert.equal(
    Buffer.from(hashSecret('abc'), 'base64url').toString('hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})
