import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { START as NOW } from '../testing.ts'
import { OrderedLog } from './ordered-log.ts'
import { type Cursor, cursorOf, decideNews, readCursor } from './revocation-cursor.ts'

const EPOCH = { id: 'q7Zc1y0tQ2a9vJmXr4kL-_', at: NOW - 5000 }
const LONGEST_SECONDS = 900

/** A log whose entries are named, by when they were revoked. */
function logOf(entries: Record<string, number>) {
  const log = new OrderedLog()
  for (const [sid, age] of Object.entries(entries))
    log.add({ sid, reason: 'signed-out', revokedAt: NOW - age })
  return log
}
const cursor = (entries: Record<string, number>, epoch = EPOCH) => cursorOf(epoch, logOf(entries), NOW)

/** From how long ago on somebody is told, null when nothing is new. */
function told(
  after: Cursor | null,
  entries: Record<string, number>,
  epoch = EPOCH,
  now = NOW,
): number | null {
  const log = logOf(entries)
  const oldest = now - LONGEST_SECONDS
  const here = { cursor: cursorOf(epoch, log, now), latest: log.latest(), oldest, now }
  const decision = decideNews(after, here)
  return decision.kind === 'nothing' ? null : now - decision.at
}

const at = (age: number): Cursor => ({
  epochId: EPOCH.id,
  at: NOW - age,
  text: `${EPOCH.id}.${NOW - age}.1-x`,
})

describe('a cursor', () => {
  it('is the same on each node that knows the same, in whatever order it heard', () => {
    assert.deepEqual(cursor({ a: 9, b: 30, c: 9 }), cursor({ c: 9, a: 9, b: 30 }))
  })

  it('is another for each entry of the last two minutes, and for another epoch', () => {
    const texts = [{}, { a: 9 }, { b: 9 }, { a: 9, b: 9 }, { a: 9, c: 30 }, { a: 9, d: 129 }].map(
      (entries) => cursor(entries).text,
    )
    texts.push(cursor({ a: 9 }, { ...EPOCH, id: 'another' }).text)
    assert.equal(new Set(texts).size, texts.length)
  })

  it('stands for what is older too, for nothing comes so late', () => {
    assert.deepEqual(cursor({ a: 9, b: 130 }), cursor({ a: 9 }))
  })

  it('is read from its text', () => {
    for (const entries of [{}, { a: 9 }, { a: 9, b: 30 }])
      assert.deepEqual(readCursor(cursor(entries).text), cursor(entries))
  })

  it('is none when it was made up, and never more than a text', () => {
    const good = cursor({ a: 9 }).text
    for (const bad of [
      '',
      '0',
      'null',
      '..',
      `${good} `,
      `${good}\n`,
      ` ${good}`,
      good.replace('.', ':'),
      good.slice(0, -14),
    ])
      assert.equal(readCursor(bad), null, JSON.stringify(bad))
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.nat(80), (noise, place) => {
        for (const text of [noise, good.slice(0, place) + noise + good.slice(place)]) {
          const read = readCursor(text)
          if (read)
            assert.ok(read.text === text && Number.isSafeInteger(read.at) && read.epochId.length <= 64)
        }
      }),
    )
  })
})

describe('what is new', () => {
  const entries = { a: 9, b: 30, c: 500 }
  it('is nothing for who knows all of it', () => assert.equal(told(cursor(entries), entries), null))

  for (const [who, after] of [
    ['who asks for the first time', null],
    ['who followed another epoch', cursor(entries, { ...EPOCH, id: 'another' })],
    ['who followed until before the oldest', at(901)],
    ['who comes from the future', at(-61)],
    ['who knows of one that is later than any here, and was not heard of in ten seconds', at(10)],
  ] as const)
    it(`is everything for ${who}`, () => assert.equal(told(after, { b: 30, c: 500 }), LONGEST_SECONDS))

  for (const [age, since] of [
    [9, 129],
    [30, 150],
    [500, 620],
    [779, 899],
    [780, 900],
    [781, 900],
  ] as const)
    it(`is told from ${since} s ago on to who followed until ${age} s ago`, () =>
      assert.equal(told(at(age), { ...entries, late: 61 }), since))

  // Revoked so many seconds ago, written now, and the last that was known was revoked 0 or, by a clock ahead, -60 s ago.
  for (const [late, last] of [
    [0, 0],
    [1, 0],
    [60, 0],
    [60, -60],
    [120, 0],
  ] as const)
    it(`has what was revoked ${late} s ago and came after what was revoked ${last} s ago`, () => {
      const since = told(cursor({ last }), { last, late })
      assert.ok(since !== null && since >= late, `${since}`)
    })

  for (const [age, isHeld] of [
    [-61, false],
    [-60, true],
    [0, true],
    [9, true],
    [10, false],
    [11, false],
  ] as const)
    it(`is ${isHeld ? 'not known yet' : 'everything'} for who knows of one of ${age} s ago that this node has not read`, () =>
      assert.equal(told(at(age), { b: 30 }), isHeld ? null : LONGEST_SECONDS))

  for (const [age, since] of [
    [899, 900],
    [900, 900],
    [901, null],
  ] as const)
    it(`is ${since === null ? 'nothing' : 'told'} when the latest was revoked ${age} s ago, and who asks is further behind`, () =>
      assert.equal(told(at(2000), { a: age }), since))

  it('is nothing when no entry matters any more, here or where the cursor comes from', () => {
    assert.equal(told(at(901), {}), null)
    assert.equal(told(cursor({}), { a: 901 }), null)
  })

  it('is not hidden behind an entry of a clock that was far ahead', () => {
    const ahead = { ahead: -600, b: 30 }
    const since = told(cursor(ahead), { ...ahead, new: 0 })
    assert.ok(since !== null && since >= 0)
    assert.equal(told(cursor(ahead), ahead), null)
  })

  it('is not hidden either while that entry is less and less ahead', () => {
    const known: Record<string, number> = { ahead: -600, b: 30 }
    for (let second = 0; second <= 700; second += 7) {
      const before = cursorOf(EPOCH, logOf(known), NOW + second)
      known[`at ${second}`] = -second
      const since = told(before, known, EPOCH, NOW + second)
      assert.ok(since !== null && since >= 0, `${second}`)
    }
  })
})
