import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Places } from './places.ts'

const take = (places: Places, holder: string, times: number) =>
  Array.from({ length: times }, () => places.take(holder)).filter(Boolean).length

describe('places', () => {
  for (const [asked, given] of [
    [1, 1],
    [2, 2],
    [3, 2],
  ] as const)
    it(`are ${given} for one who asks for ${asked}, when each may have 2`, () =>
      assert.equal(take(new Places({ inAll: 9, perHolder: 2 }), 'a', asked), given))

  for (const [others, given] of [
    [2, 1],
    [3, 1],
    [4, 0],
    [5, 0],
  ] as const)
    it(`of 4 in all, ${given} is left for another when ${others} were asked for`, () => {
      const places = new Places({ inAll: 4, perHolder: 9 })
      take(places, 'a', others)
      assert.equal(take(places, 'b', 1), given)
    })

  it('given back can be taken again, as many as were given back', () => {
    const places = new Places({ inAll: 4, perHolder: 3 })
    assert.deepEqual([take(places, 'a', 4), take(places, 'b', 4)], [3, 1])
    places.leave('a')
    assert.equal(take(places, 'a', 2), 1)
    for (let n = 0; n < 3; n++) places.leave('a')
    assert.deepEqual([take(places, 'b', 3), take(places, 'a', 3)], [2, 1])
  })

  it('that nobody holds cannot be given back', () => {
    const places = new Places({ inAll: 1, perHolder: 1 })
    places.leave('a')
    assert.deepEqual([take(places, 'a', 2), take(places, 'b', 1)], [1, 0])
    places.leave('b')
    assert.equal(take(places, 'b', 1), 0)
  })
})
