import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { START } from '../testing.ts'
import { FROM, openRig } from '../vectors/rig.testing.ts'
import { createRevocations, type RevocationsNeeds } from './revocations.ts'
import type { Revocation } from './session-store.ts'

// A log that answers what it is told to, for the rules of reading it; the real ones have their contract.
function openLog(rows: Revocation[] = []) {
  const clock = manualClock(START)
  const asked: number[] = []
  let failure: Error | null = null
  const store: RevocationsNeeds['store'] = {
    async revocations(since) {
      asked.push(since)
      if (failure) throw failure
      return rows.filter(({ revokedAt }) => revokedAt >= since)
    },
  }
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => troubles.push(error)
  const revocations = createRevocations({ store, clock, longestTokenLifeSeconds: 300, onTrouble })
  const fail = (error: Error | null) => {
    failure = error
  }
  return { clock, asked, troubles, revocations, fail, rows }
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

  it('is read from the new time when the clock was set back', async () => {
    const { revocations, clock, rows, asked } = openLog()
    await revocations.poll()
    clock.advance(-600)
    rows.push(revoked(START - 600))
    assert.ok(revocations.isStale())
    await revocations.poll()
    assert.equal(asked.at(-1), START - 660)
    assert.equal(revocations.reasonFor(rows[0]?.sid ?? ''), 'signed-out')
    assert.ok(!revocations.isStale())
  })

  it('keeps the first reason that it heard', async () => {
    const { revocations, rows } = openLog()
    const sid = newId()
    revocations.add({ ...revoked(START, sid), reason: 'ended-by-operator' })
    rows.push(revoked(START, sid))
    await revocations.poll()
    assert.equal(revocations.reasonFor(sid), 'ended-by-operator')
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
    }
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
