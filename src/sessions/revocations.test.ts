import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { openRig } from '../vectors/rig.testing.ts'
import { createRevocations, type RevocationsNeeds } from './revocations.ts'
import type { Revocation } from './session-store.ts'

// A log that answers what it is told to, for the rules of reading it; the real ones have their contract.
function openLog(rows: Revocation[] = []) {
  const clock = manualClock(START)
  const asked: { since: number[]; purged: number[] } = { since: [], purged: [] }
  let failure: Error | null = null
  const store: RevocationsNeeds['store'] = {
    end: async () => true,
    endAll: async () => [],
    async revocations(since) {
      asked.since.push(since)
      if (failure) throw failure
      return rows.filter(({ revokedAt }) => revokedAt >= since)
    },
    async purge(before) {
      asked.purged.push(before)
      if (purgeFailure) throw purgeFailure
    },
  }
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => troubles.push(error)
  let purgeFailure: Error | undefined
  const revocations = createRevocations({ store, clock, longestTokenLifeSeconds: 300, onTrouble })
  const fail = (error: Error | null) => {
    failure = error
  }
  const failToPurge = (error: Error) => {
    purgeFailure = error
  }
  return { clock, asked, troubles, revocations, fail, failToPurge, rows }
}

const revoked = (revokedAt: number, sid = newId()): Revocation => ({ sid, reason: 'signed-out', revokedAt })

describe('the revocation log', () => {
  it('is stale before it was read', () => assert.ok(openLog().revocations.isStale()))

  for (const [age, stale] of [
    [0, false],
    [4, false],
    [5, false],
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
    assert.deepEqual(asked.since, [START - 3900])
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
    assert.deepEqual(asked.since.slice(1), [START - 60])
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

  it('is read from the new time when the clock was set back', async () => {
    const { revocations, clock, rows, asked } = openLog()
    await revocations.poll()
    clock.advance(-600)
    rows.push(revoked(START - 600))
    assert.ok(revocations.isStale())
    await revocations.poll()
    assert.equal(asked.since.at(-1), START - 660)
    assert.equal(revocations.reasonFor(rows[0]?.sid ?? ''), 'signed-out')
    assert.ok(!revocations.isStale())
  })

  it('keeps the first reason that it heard', async () => {
    const { revocations, rows } = openLog()
    const sid = newId()
    await revocations.revoke(sid, 'ended-by-operator')
    rows.push(revoked(START, sid))
    await revocations.poll()
    assert.equal(revocations.reasonFor(sid), 'ended-by-operator')
  })
})

describe('a revocation that cannot be written', () => {
  it('counts here all the same, and is written when the store answers again', async (t) => {
    const rig = await openRig()
    t.after(() => rig.close())
    const { claims } = await rig.signIn(await rig.addUser())
    const { end } = rig.stores.sessions
    rig.stores.sessions.end = () => Promise.reject(new Error('full'))
    await assert.rejects(rig.sessions.end(claims.sid, 'signed-out'), /full/)
    assert.equal(rig.revocations.reasonFor(claims.sid), 'signed-out')
    await rig.revocations.poll()
    assert.ok(!rig.revocations.isStale())
    rig.stores.sessions.end = end
    await rig.revocations.poll()
    assert.equal((await rig.stores.sessions.find(claims.sid))?.endReason, 'signed-out')
  })
})

describe('purging the revocation log', () => {
  it('happens once a minute, and only of what no token can name any more', async () => {
    const { revocations, clock, asked } = openLog()
    for (const step of [0, 1, 58, 1]) {
      clock.advance(step)
      await revocations.poll()
    }
    assert.deepEqual(asked.purged, [START - 3900, START + 60 - 3900])
  })

  it('that fails leaves the log heard, is said, and is tried again only in a minute', async () => {
    const { revocations, clock, asked, troubles, failToPurge } = openLog()
    failToPurge(new Error('locked'))
    for (const step of [0, 1, 58, 1]) {
      clock.advance(step)
      await revocations.poll()
      assert.ok(!revocations.isStale())
    }
    assert.equal(asked.purged.length, 2)
    assert.deepEqual(troubles.map(String), ['Error: locked', 'Error: locked'])
  })

  for (const [age, known, kept] of [
    [300, true, true],
    [3900, true, true],
    [3901, false, true],
    [4200, false, true],
    [4201, false, false],
  ] as const) {
    it(`a revocation of ${age} seconds ago is ${known ? 'known' : 'forgotten'}, its row ${kept ? 'kept' : 'gone'}`, async () => {
      const rig = await openRig()
      const { claims } = await rig.signIn(await rig.addUser())
      await rig.sessions.end(claims.sid, 'signed-out')
      rig.clock.advance(age)
      await rig.revocations.poll()
      assert.equal(rig.revocations.reasonFor(claims.sid) !== undefined, known)
      assert.equal((await rig.stores.sessions.revocations(0)).length, kept ? 1 : 0)
      await rig.close()
    })
  }
})

describe('following the revocation log', () => {
  it('says once that it cannot be read, and once that it can again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, troubles, fail, asked } = openLog()
    const pass = async () => {
      const before = asked.since.length
      t.mock.timers.tick(400)
      // The poll goes through several promises before the next timer is set.
      for (let i = 0; i < 10; i++) await Promise.resolve()
      assert.equal(asked.since.length, before + 1)
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
    assert.equal(asked.since.length, 5)
  })

  it('does not go on when it was closed while it read', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { revocations, asked } = openLog()
    revocations.follow()
    t.mock.timers.tick(400)
    revocations.close()
    for (let i = 0; i < 10; i++) await Promise.resolve()
    t.mock.timers.tick(4000)
    assert.equal(asked.since.length, 1)
  })
})
