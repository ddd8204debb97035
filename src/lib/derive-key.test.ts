import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { deriveKey } from './derive-key.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

// RFC 5869 A.3: SHA-256, neither salt nor info. We ask for the first 32 of its 42 bytes.
const IKM = new Uint8Array(22).fill(0x0b)
const OKM = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'

describe('a derived key', () => {
  it('without a label is that of RFC 5869, test case 3', () => {
    assert.equal(hex(deriveKey(IKM, '')), OKM.slice(0, 64))
  })

  it('has its label where RFC 5869 has info', () => {
    // One block of HKDF by hand: 32 bytes are exactly one.
    const pseudorandomKey = createHmac('sha256', new Uint8Array(32)).update(IKM).digest()
    const expected = createHmac('sha256', pseudorandomKey).update('refresh').update('\x01').digest('hex')
    assert.equal(hex(deriveKey(IKM, 'refresh')), expected)
  })

  it('is another for each label and each secret', () => {
    const other = new Uint8Array(22).fill(0x0c)
    const keys = [deriveKey(IKM, 'a'), deriveKey(IKM, 'b'), deriveKey(IKM, 'ab'), deriveKey(other, 'a')]
    assert.equal(new Set(keys.map(hex)).size, keys.length)
  })
})
