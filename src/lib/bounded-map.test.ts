import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BoundedMap } from './bounded-map.ts'

describe('a bounded map', () => {
  it('forgets its oldest entry when it is full, and no other', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('c', 3)
    assert.equal(map.size, 2)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [undefined, 2, 3])
  })

  it('counts an entry that is set again as new', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4])
  })

  it('never holds more than its bound, and always what was set last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(9)), (most, keys) => {
        const map = new BoundedMap<number, number>(most)
        keys.forEach((key, index) => {
          map.set(key, index)
          assert.ok(map.size <= most)
          assert.equal(map.get(key), index)
        })
      }),
    )
  })
})
