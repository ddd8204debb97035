import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { createRevocations, OVERLAP_SECONDS } from './revocations.ts'
import type { Epoch, LogNews, Revocation } from './session-store.ts'

const LONGEST_SECONDS = 300

/** The state of a store, as it can be put back. */
interface State {
  epoch: Epoch
  rows: Revocation[]
}

/** A node that has read the log of a store whose state the test says, and that may change while it is read. */
async function openNode(rows: Revocation[] = []) {
  const clock = manualClock(START)
  const store: State = { epoch: { id: 'first', at: START - 5000 }, rows: [...rows] }
  const counts = { renewed: 0, epochs: 0 }
  const during: { reading?: (() => void) | undefined; answering?: (() => void) | undefined } = {}
  const revocations = createRevocations({
    store: {
      epoch: async () => ({ ...store.epoch }),
      async renewEpoch(id, now) {
        counts.renewed++
        if (store.epoch.id === id) store.epoch = { id: `after ${id}`, at: now + 2 }
        return { ...store.epoch }
      },
      async revocations(since) {
        const { reading, answering } = during
        Object.assign(during, { reading: undefined, answering: undefined })
        reading?.()
        const found = store.rows.filter(({ revokedAt }) => revokedAt >= since)
        answering?.()
        return found
      },
    },
    clock,
    longestTokenLifeSeconds: LONGEST_SECONDS,
    onTrouble() {},
    onEpoch: () => counts.epochs++,
  })
  await revocations.poll()
  const state = (): State => ({ epoch: store.epoch, rows: [...store.rows] })
  const putBack = (to: State) => Object.assign(store, { epoch: to.epoch, rows: [...to.rows] })
  /** Ends a session, as this node does, and after it was written. */
  function end(sid = newId()): Revocation {
    const revocation: Revocation = { sid, reason: 'signed-out', revokedAt: clock.now() }
    store.rows.push(revocation)
    revocations.add(revocation)
    return revocation
  }
  return { clock, store, counts, revocations, state, putBack, end, during }
}

const row = (age: number, sid = newId()): Revocation => ({
  sid,
  reason: 'signed-out',
  revokedAt: START - age,
})

describe('a store that was put back under a running node', () => {
  it('is in a new epoch, begun once, when an end of the last minute is gone', async () => {
    const { clock, store, counts, revocations, state, putBack, end } = await openNode()
    const before = state()
    const { sid } = end()
    await revocations.poll()
    putBack(before)
    await revocations.poll()
    assert.deepEqual(revocations.epoch(), { id: 'after first', at: START + 2 })
    assert.deepEqual(store.epoch, revocations.epoch())
    assert.ok(revocations.isBeforeEpoch(START + 1) && !revocations.isBeforeEpoch(START + 2))
    // Whatever becomes of the store, this session is over.
    assert.equal(revocations.reasonFor(sid), 'signed-out')
    for (let n = 0; n < 3; n++) await revocations.poll()
    clock.advance(400)
    await revocations.poll()
    assert.deepEqual(counts, { renewed: 1, epochs: 1 })
  })

  for (const [age, isNoticed] of [
    [OVERLAP_SECONDS - 1, true],
    [OVERLAP_SECONDS, true],
    [OVERLAP_SECONDS + 1, false],
  ] as const)
    it(`${isNoticed ? 'notices' : 'leaves to the marks'} that an end of ${age} s ago is gone`, async () => {
      const { clock, counts, revocations, store, end } = await openNode()
      end()
      await revocations.poll()
      clock.advance(age)
      await revocations.poll()
      store.rows = []
      await revocations.poll()
      assert.equal(counts.renewed, isNoticed ? 1 : 0)
    })

  it('is noticed also when as many ends were written since as are gone', async () => {
    const { counts, revocations, store } = await openNode([row(1), row(2)])
    store.rows = [row(0), row(0), row(0)]
    await revocations.poll()
    assert.equal(counts.renewed, 1)
    assert.deepEqual(
      revocations.log.since(0).map(({ revokedAt }) => revokedAt),
      [START, START, START],
    )
  })

  it('is noticed also when an end is written after it was asked for and before it is read', async () => {
    const { counts, revocations, store, end, during } = await openNode([row(1)])
    store.rows = []
    during.reading = () => end()
    await revocations.poll()
    assert.equal(counts.renewed, 1)
  })

  it('is noticed also when the same session was ended again since', async () => {
    const { clock, counts, revocations, store, end } = await openNode()
    const { sid } = end()
    clock.advance(5)
    store.rows = [{ sid, reason: 'signed-out', revokedAt: clock.now() }]
    await revocations.poll()
    assert.equal(counts.renewed, 1)
  })

  it('is in a new epoch when the one it has is older than the last', async () => {
    const { clock, store, counts, revocations, state, putBack } = await openNode()
    const before = state()
    clock.advance(10)
    store.epoch = { id: 'second', at: clock.now() }
    await revocations.poll()
    putBack(before)
    await revocations.poll()
    assert.deepEqual(revocations.epoch(), { id: 'after first', at: START + 12 })
    assert.deepEqual(counts, { renewed: 1, epochs: 2 })
  })

  it('is in the epoch that another node has begun for it', async () => {
    const { store, counts, revocations, end } = await openNode()
    end()
    await revocations.poll()
    Object.assign(store, { epoch: { id: 'of another node', at: START + 2 }, rows: [] })
    await revocations.poll()
    assert.equal(revocations.epoch()?.id, 'of another node')
    assert.deepEqual(counts, { renewed: 0, epochs: 1 })
  })

  it('that tells of its log is in a new epoch too when the one it has is older', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const told: ((news: LogNews) => void)[] = []
    const renewed: string[] = []
    const revocations = createRevocations({
      store: {
        epoch: () => assert.fail(),
        revocations: () => assert.fail(),
        async renewEpoch(id, now) {
          renewed.push(id)
          return { id: 'third', at: now + 2 }
        },
        awaitRevocations: () => new Promise((resolve) => told.push(resolve)),
      },
      clock: manualClock(START),
      longestTokenLifeSeconds: LONGEST_SECONDS,
      onTrouble: (error) => assert.fail(String(error)),
    })
    revocations.follow()
    for (const epoch of [
      { id: 'second', at: START },
      { id: 'first', at: START - 50 },
    ]) {
      t.mock.timers.tick(0)
      told.at(-1)?.({ epoch, revocations: [], place: 'somewhere', isLast: true })
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    }
    revocations.close()
    assert.deepEqual(renewed, ['first'])
    assert.deepEqual(revocations.epoch(), { id: 'third', at: START + 2 })
  })
})

describe('a store that was not put back', () => {
  it('stays in its epoch though an end is written while the log is read', async () => {
    const { counts, revocations, end, during } = await openNode([row(3)])
    during.answering = () => end()
    await revocations.poll()
    await revocations.poll()
    assert.equal(counts.renewed, 0)
  })

  it('stays in its epoch though an end is still to be written', async () => {
    const { counts, revocations } = await openNode()
    revocations.presume(row(0))
    await revocations.poll()
    assert.equal(counts.renewed, 0)
  })

  it('stays in its epoch though it forgets what is older than any token, after a long silence', async () => {
    const { clock, counts, revocations, store, end } = await openNode()
    end()
    await revocations.poll()
    clock.advance(LONGEST_SECONDS + 1)
    store.rows = []
    await revocations.poll()
    assert.equal(counts.renewed, 0)
  })

  it('stays in its epoch when the clock is set back', async () => {
    const { clock, counts, revocations, end } = await openNode()
    end()
    await revocations.poll()
    clock.advance(-600)
    end()
    await revocations.poll()
    await revocations.poll()
    assert.equal(counts.renewed, 0)
  })
})
