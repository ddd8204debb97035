import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'
import { createRevocations, type Revocations, type RevocationsNeeds } from './revocations.ts'
import type { LogNews, Revocation } from './session-store.ts'

// A log that answers what it is told to, for the rules of reading it; the real ones have their contract.
function openLog(rows: Revocation[] = []) {
  let epoch = { id: 'first', at: START - 100 }
  const clock = manualClock(START)
  const asked: number[] = []
  let failure: Error | null = null
  const store: RevocationsNeeds['store'] = {
    async revocations(since) {
      asked.push(since)
      if (failure) throw failure
      return rows.filter(({ revokedAt }) => revokedAt >= since)
    },
    epoch: async () => epoch,
    renewEpoch: () => assert.fail('nothing was put back'),
  }
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => troubles.push(error)
  const heard: Revocation[] = []
  const onHeard = (revocation: Revocation) => heard.push(revocation)
  const revocations = createRevocations({ store, clock, longestTokenLifeSeconds: 300, onTrouble, onHeard })
  const fail = (error: Error | null) => {
    failure = error
  }
  const beginEpoch = (id: string, at: number) => {
    epoch = { id, at }
  }
  return { clock, asked, troubles, heard, revocations, fail, rows, beginEpoch }
}

const timesOf = ({ log }: Revocations) => log.since(0).map(({ revokedAt }) => revokedAt)

const revoked = (revokedAt: number, sid = newId()): Revocation => ({ sid, reason: 'signed-out', revokedAt })

describe('the revocation log', () => {
  it('is stale before it was read', () => assert.ok(openLog().revocations.isStale()))

  for (const [age, stale] of [
    [0, false],
    [4, false],
    [5, true],
    [6, true],
    [3600, true],
    [-1, true],
  ] as const) {
    it(`is ${stale ? 'stale' : 'good'} ${age} seconds after it was read`, async () => {
      const { clock, revocations } = openLog()
      await revocations.poll()
      clock.advance(age)
      assert.equal(revocations.isStale(), stale)
    })
  }

  it('tells of what other nodes ended, once each: not of what is there at the start or in a new epoch, nor of its own', async () => {
    const [before, own, elsewhere] = [revoked(START - 9), revoked(START), revoked(START)]
    const { rows, heard, revocations, beginEpoch } = openLog([before])
    assert.equal(revocations.heardAt(), Number.NEGATIVE_INFINITY)
    await revocations.poll()
    assert.deepEqual([heard, revocations.heardAt()], [[], START])
    // Its own may be read before whoever ended it was told that it is written.
    revocations.presume(own)
    rows.push(own, elsewhere)
    for (const _ of [1, 2]) await revocations.poll()
    assert.deepEqual(heard, [elsewhere])
    beginEpoch('second', START)
    rows.push(revoked(START))
    await revocations.poll()
    assert.deepEqual(heard, [elsewhere])
  })

  it('is as old as the beginning of the read, not its end', async () => {
    const { clock, revocations } = openLog()
    const reading = revocations.poll()
    clock.advance(6)
    await reading
    assert.ok(revocations.isStale())
  })

  it('is not heard of when it cannot be read', async () => {
    const { clock, revocations, fail } = openLog()
    await revocations.poll()
    clock.advance(6)
    fail(new Error('gone'))
    await assert.rejects(revocations.poll(), /gone/)
    assert.ok(revocations.isStale())
    fail(null)
    await revocations.poll()
    assert.ok(!revocations.isStale())
  })

  it('is read whole at first: as far back as any token lives, and an hour more', async () => {
    const [oldest, older] = [revoked(START - 3900), revoked(START - 3901)]
    const { revocations, asked } = openLog([oldest, older])
    await revocations.poll()
    assert.deepEqual(asked, [START - 3900])
    assert.equal(revocations.reasonFor(oldest.sid), 'signed-out')
    assert.equal(revocations.reasonFor(older.sid), undefined)
  })

  it('is read again from a minute before the last time, for rows commit out of order', async () => {
    const { revocations, clock, asked, rows } = openLog()
    await revocations.poll()
    const late = revoked(START - 60)
    rows.push(late)
    clock.advance(2)
    await revocations.poll()
    assert.deepEqual(asked.slice(1), [START - 60])
    assert.equal(revocations.reasonFor(late.sid), 'signed-out')
  })

  it('misses nothing while it could not be read', async () => {
    const { revocations, clock, rows, fail } = openLog()
    await revocations.poll()
    const missed = revoked(START + 1)
    rows.push(missed)
    fail(new Error('gone'))
    clock.advance(1800)
    await assert.rejects(revocations.poll())
    fail(null)
    await revocations.poll()
    assert.equal(revocations.reasonFor(missed.sid), 'signed-out')
  })

  it('is read whole when the clock was set back, once', async () => {
    const { revocations, clock, rows, asked } = openLog()
    await revocations.poll()
    clock.advance(-600)
    rows.push(revoked(START - 600))
    assert.ok(revocations.isStale())
    await revocations.poll()
    assert.equal(asked.at(-1), START - 600 - 3900)
    assert.equal(revocations.reasonFor(rows[0]?.sid ?? ''), 'signed-out')
    assert.ok(!revocations.isStale())
    await revocations.poll()
    assert.equal(asked.at(-1), START - 600 - 60)
  })

  it('knows who was signed out when the clock was two hours ahead, and is right again', async () => {
    const { revocations, clock, rows } = openLog()
    const [before, meanwhile] = [revoked(START), revoked(START + 30)]
    rows.push(before)
    await revocations.poll()
    clock.advance(7200)
    rows.push(meanwhile)
    await revocations.poll()
    clock.advance(60 - 7200)
    await revocations.poll()
    for (const { sid } of [before, meanwhile]) assert.equal(revocations.reasonFor(sid), 'signed-out')
  })

  it('keeps the first reason that it heard, and the time that is in the log', async () => {
    const { revocations, rows } = openLog()
    const sid = newId()
    revocations.presume({ ...revoked(START - 2, sid), reason: 'ended-by-operator' })
    rows.push(revoked(START, sid))
    await revocations.poll()
    assert.equal(revocations.reasonFor(sid), 'ended-by-operator')
    assert.deepEqual(timesOf(revocations), [START])
  })
})

describe('the epoch of the session store', () => {
  it('is not known before the log was read', async () => {
    const { revocations } = openLog()
    assert.equal(revocations.epoch(), null)
    assert.equal(revocations.isBeforeEpoch(0), false)
    await revocations.poll()
    assert.deepEqual(revocations.epoch(), { id: 'first', at: START - 100 })
  })

  for (const [age, isBefore] of [
    [99, false],
    [100, false],
    [101, true],
  ] as const)
    it(`of 100 s ago has ${isBefore ? 'not ' : ''}seen a token of ${age} s ago`, async () => {
      const { revocations } = openLog()
      await revocations.poll()
      assert.equal(revocations.isBeforeEpoch(START - age), isBefore)
    })

  it('is noticed with the next poll when it is another, and its log is read whole', async () => {
    const { revocations, beginEpoch, asked, rows } = openLog()
    await revocations.poll()
    beginEpoch('second', START)
    rows.push(revoked(START - 3000))
    await revocations.poll()
    assert.deepEqual(revocations.epoch(), { id: 'second', at: START })
    assert.ok(revocations.isBeforeEpoch(START - 1) && !revocations.isBeforeEpoch(START))
    assert.equal(asked.at(-1), START - 3900)
    assert.equal(revocations.reasonFor(rows[0]?.sid ?? ''), 'signed-out')
    await revocations.poll()
    assert.equal(asked.at(-1), START - 60)
  })
})

describe('a revocation', () => {
  it('is known as soon as it is added, and needs no poll', () => {
    const { revocations, asked } = openLog()
    const revocation = revoked(START)
    assert.equal(revocations.reasonFor(revocation.sid), undefined)
    revocations.add(revocation)
    assert.equal(revocations.reasonFor(revocation.sid), 'signed-out')
    assert.deepEqual(asked, [])
  })

  it('that is still to be written is known, and is not in the log', async () => {
    const { revocations } = openLog()
    const revocation = revoked(START)
    revocations.presume(revocation)
    assert.equal(revocations.reasonFor(revocation.sid), 'signed-out')
    assert.deepEqual(timesOf(revocations), [])
    revocations.add({ ...revocation, revokedAt: START + 3 })
    assert.deepEqual(timesOf(revocations), [START + 3])
    revocations.presume(revocation)
    assert.deepEqual(timesOf(revocations), [START + 3])
  })

  it('is in the log once, however often it is heard of', async () => {
    const { revocations, rows } = openLog()
    rows.push(revoked(START))
    for (let n = 0; n < 2; n++) {
      await revocations.poll()
      revocations.add(rows[0] ?? assert.fail())
    }
    assert.deepEqual(timesOf(revocations), [START])
  })

  // Tokens live 900 seconds at most here, and the clock may be set back by an hour.
  for (const [age, known] of [
    [900, true],
    [4499, true],
    [4500, true],
    [4501, false],
  ] as const) {
    it(`of ${age} seconds ago is ${known ? 'known' : 'forgotten'}`, async (t) => {
      const rig = await openRig()
      t.after(() => rig.close())
      const { claims } = await rig.signIn(await rig.addUser())
      await rig.endings.one(claims.sid, 'signed-out', FROM)
      rig.clock.advance(age)
      await rig.revocations.poll()
      assert.equal(rig.revocations.reasonFor(claims.sid) !== undefined, known)
    })
  }

  it('is forgotten once a minute, for that looks at all of them', async () => {
    const { revocations, clock } = openLog()
    await revocations.poll()
    const revocation = revoked(START - 3900)
    revocations.add(revocation)
    for (const [step, known] of [
      [59, true],
      [1, false],
    ] as const) {
      clock.advance(step)
      await revocations.poll()
      assert.equal(revocations.reasonFor(revocation.sid) !== undefined, known)
      assert.equal(timesOf(revocations).length, known ? 1 : 0)
    }
  })
})

describe('listening to the revocation log', () => {
  it('hears of each read, each that failed, and each new entry', async () => {
    const { revocations, fail } = openLog()
    let heard = 0
    revocations.listen(() => heard++)
    await revocations.poll()
    assert.equal(heard, 1)
    fail(new Error('gone'))
    await assert.rejects(revocations.poll())
    assert.equal(heard, 2)
    const revocation = revoked(START)
    revocations.presume(revocation)
    assert.equal(heard, 2)
    revocations.add(revocation)
    revocations.add(revocation)
    assert.equal(heard, 3)
  })
})

describe('following the revocation log', () => {
  it('says once that it cannot be read, and once that it can again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, troubles, fail, asked } = openLog()
    const pass = async () => {
      const before = asked.length
      t.mock.timers.tick(400)
      // The poll goes through several promises before the next timer is set.
      for (let i = 0; i < 10; i++) await Promise.resolve()
      assert.equal(asked.length, before + 1)
    }
    revocations.follow()
    revocations.follow()
    await pass()
    const gone = new Error('gone')
    fail(gone)
    await pass()
    await pass()
    fail(null)
    await pass()
    await pass()
    assert.deepEqual(troubles, [gone, null])
    revocations.close()
    t.mock.timers.tick(4000)
    assert.equal(asked.length, 5)
  })

  it('does not go on when it was closed while it read', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, asked } = openLog()
    revocations.follow()
    t.mock.timers.tick(400)
    revocations.close()
    for (let i = 0; i < 10; i++) await Promise.resolve()
    t.mock.timers.tick(4000)
    assert.equal(asked.length, 1)
  })
})

/** A store that tells of its log: each read is answered, or refused, when the test says so. */
function openTeller() {
  const clock = manualClock(START)
  const reads: { after: string | null; now: number; tell(news: LogNews): void; fail(error: Error): void }[] =
    []
  const troubles: unknown[] = []
  const revocations = createRevocations({
    store: {
      revocations: async () => [],
      epoch: async () => EPOCH,
      renewEpoch: async () => EPOCH,
      awaitRevocations: (after, now) =>
        new Promise((tell, fail) => {
          reads.push({ after, now, tell, fail })
        }),
    },
    clock,
    longestTokenLifeSeconds: 300,
    onTrouble: (error) => troubles.push(error),
  })
  const news = (place: string, ...revoked: Revocation[]): LogNews => ({
    epoch: EPOCH,
    revocations: revoked,
    place,
    isLast: true,
  })
  return { clock, reads, troubles, revocations, news, last: () => reads.at(-1) ?? assert.fail() }
}

const EPOCH = { id: 'first', at: START - 100 }

describe('following a revocation log that is told of', () => {
  /** Lets the next read begin. */
  async function pass(t: TestContext, milliseconds = 0): Promise<void> {
    for (let i = 0; i < 10; i++) await Promise.resolve()
    t.mock.timers.tick(milliseconds)
  }

  it('asks for what comes after the last answer, again and again without a pause', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, reads, last, news } = openTeller()
    revocations.follow()
    await pass(t)
    const revocation = revoked(START)
    for (const [n, place] of ['one', 'two', 'three'].entries()) {
      last().tell(news(place, revocation))
      await pass(t)
      assert.equal(reads.length, n + 2)
    }
    assert.deepEqual(
      reads.map(({ after }) => after),
      [null, 'one', 'two', 'three'],
    )
    assert.equal(revocations.reasonFor(revocation.sid), 'signed-out')
    assert.deepEqual(timesOf(revocations), [START])
    revocations.close()
  })

  it('has heard of the log as of when it asked, not as of the answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, clock, last, news } = openTeller()
    revocations.follow()
    await pass(t)
    clock.advance(4)
    last().tell(news('one'))
    await pass(t)
    assert.equal(revocations.heardAt(), START)
    assert.ok(!revocations.isStale())
    clock.advance(1)
    assert.ok(revocations.isStale())
    last().tell(news('two'))
    await pass(t)
    assert.ok(!revocations.isStale())
    revocations.close()
  })

  it('has not heard of the log before it was told the last there is of it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, clock, last, news } = openTeller()
    revocations.follow()
    await pass(t)
    last().tell(news('one'))
    await pass(t)
    clock.advance(6)
    for (const isLast of [false, false, true]) {
      const revocation = revoked(START)
      last().tell({ ...news('two', revocation), isLast })
      await pass(t)
      assert.equal(revocations.reasonFor(revocation.sid), 'signed-out')
      assert.equal(revocations.isStale(), !isLast)
    }
    revocations.close()
  })

  it('asks for all there is once the clock that was ahead is right again, in as many answers as it takes', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, clock, reads, last, news } = openTeller()
    const revocation = revoked(START)
    revocations.follow()
    await pass(t)
    last().tell(news('one', revocation))
    await pass(t)
    clock.advance(7200)
    for (const place of ['two', 'three']) {
      last().tell(news(place))
      await pass(t)
    }
    assert.equal(revocations.reasonFor(revocation.sid), undefined)
    clock.advance(-7200)
    last().tell(news('four'))
    await pass(t)
    assert.equal(last().after, null)
    last().tell({ ...news('begun', revocation), isLast: false })
    await pass(t)
    assert.equal(revocations.reasonFor(revocation.sid), 'signed-out')
    assert.ok(revocations.isStale())
    last().tell(news('done'))
    await pass(t)
    assert.ok(!revocations.isStale())
    assert.deepEqual(
      reads.slice(-3).map(({ after }) => after),
      [null, 'begun', 'done'],
    )
    revocations.close()
  })

  it('asks again after a pause when it is refused, from where it was, and says so once', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, reads, last, news, troubles } = openTeller()
    revocations.follow()
    await pass(t)
    last().tell(news('one'))
    await pass(t)
    const gone = new Error('gone')
    for (let n = 0; n < 3; n++) {
      const before = reads.length
      last().fail(gone)
      await pass(t, 399)
      assert.equal(reads.length, before)
      await pass(t, 1)
      assert.equal(reads.length, before + 1)
      assert.equal(last().after, 'one')
    }
    last().tell(news('two'))
    await pass(t)
    assert.deepEqual(troubles, [gone, null])
    revocations.close()
  })

  it('says nothing of a read that is refused because it was closed', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, reads, last, troubles } = openTeller()
    revocations.follow()
    await pass(t)
    revocations.close()
    last().fail(new Error('closed'))
    await pass(t, 4000)
    assert.deepEqual(troubles, [])
    assert.equal(reads.length, 1)
  })
})
