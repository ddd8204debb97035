import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { hashSecret } from '../lib/hash-secret.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { testSession } from '../vectors/records.testing.ts'
import { FROM, type Rig } from '../vectors/rig.testing.ts'
import { openPair } from './pair.testing.ts'

async function open(t: TestContext) {
  const pair = await openPair(t)
  const { rig } = pair
  /** Puts away how the store ends sessions, as long as it does not answer. */
  const breakStore = () => {
    const { end, endAll } = rig.stores.sessions
    const fail = () => Promise.reject(new StoreUnavailable('the database does not answer'))
    Object.assign(rig.stores.sessions, { end: fail, endAll: fail })
    return () => Object.assign(rig.stores.sessions, { end, endAll })
  }
  /** The store does what it is asked to, and the answer is lost. */
  const loseAnswers = () => {
    const { end, endAll } = rig.stores.sessions
    const lost = async (done: Promise<unknown>) => {
      await done
      throw new StoreUnavailable('the answer was lost')
    }
    Object.assign(rig.stores.sessions, {
      end: (...args: Parameters<typeof end>) => lost(end(...args)),
      endAll: (...args: Parameters<typeof endAll>) => lost(endAll(...args)),
    })
    return () => Object.assign(rig.stores.sessions, { end, endAll })
  }
  /** Another node on the same database hears only what is written. */
  const writtenReason = async (sid: string) => (await rig.stores.sessions.find(sid))?.endReason
  t.after(() => rig.endings.close())
  return { ...pair, breakStore, loseAnswers, writtenReason }
}

describe('ending a session', () => {
  it('is over at once on this node, is written, and is told once, with who did it and from where', async (t) => {
    const { rig, user, sid, r0, access, show, worth, sessionOf } = await open(t)
    rig.clock.advance(5)
    const from = { address: '203.0.113.9', requestId: 'request' }
    assert.equal(await rig.endings.one(sid, 'ended-by-operator', from), true)
    assert.equal(rig.revocations.reasonFor(sid), 'ended-by-operator')
    assert.equal(await worth(access), 'revoked')
    assert.deepEqual(await show(r0), { kind: 'over', reason: 'ended-by-operator' })
    const { endedAt, endReason } = await sessionOf(sid)
    assert.deepEqual([endedAt, endReason], [rig.clock.now(), 'ended-by-operator'])
    const entries = (await rig.audit.list({})).filter(({ event }) => event === 'session.ended')
    assert.deepEqual(entries, [
      {
        ...{ at: rig.clock.now(), event: 'session.ended', userId: user.id, sid },
        ...{ address: '203.0.113.9', reason: 'ended-by-operator' },
      },
    ])
  })

  it('is done by one of twenty at the same time, and told once', async (t) => {
    const { rig, sid, told } = await open(t)
    const ends = await Promise.all(Array.from({ length: 20 }, () => rig.endings.one(sid, 'signed-out', FROM)))
    assert.equal(ends.filter(Boolean).length, 1)
    assert.equal(await rig.endings.one(sid, 'disabled', FROM), false)
    assert.equal(await told('session.ended'), 1)
    assert.equal(rig.revocations.reasonFor(sid), 'signed-out')
  })

  it('that is not there is done by nobody, and not told', async (t) => {
    const { rig, told } = await open(t)
    assert.equal(await rig.endings.one(crypto.randomUUID(), 'signed-out', FROM), false)
    assert.equal(await told('session.ended'), 0)
  })
})

describe('what others are told of', () => {
  it('is what was written, at the time that was written, and as soon as it was', async (t) => {
    const { rig, user, sid, begin, sessionOf, breakStore } = await open(t)
    const entries = () => rig.revocations.log.since(0).map((entry) => [entry.sid, entry.revokedAt])
    const mend = breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM), StoreUnavailable)
    assert.deepEqual(entries(), [])
    mend()
    rig.clock.advance(3)
    await rig.endings.retry()
    assert.equal((await sessionOf(sid)).endedAt, rig.clock.now())
    assert.deepEqual(entries(), [[hashSecret(sid), rig.clock.now()]])
    rig.clock.advance(1)
    const other = await begin()
    await rig.endings.allOf(user.id, 'disabled', FROM)
    assert.deepEqual(entries().slice(1), [[hashSecret(other.sid), rig.clock.now()]])
  })

  it('is not a session that was ended long ago, or never was: no other node hears of that', async (t) => {
    const { rig, sid } = await open(t)
    await rig.stores.sessions.end(sid, 'signed-out', rig.clock.now() - 8000)
    for (const ended of [sid, crypto.randomUUID()]) {
      assert.equal(await rig.endings.one(ended, 'signed-out', FROM), false)
      assert.equal(rig.revocations.reasonFor(ended), 'signed-out')
    }
    assert.deepEqual(rig.revocations.log.since(0), [])
  })
})

describe('ending a session while the store does not answer', () => {
  it('counts on this node at once, and whoever asked for it is told', async (t) => {
    const { rig, sid, access, breakStore, writtenReason, worth, told } = await open(t)
    breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM), StoreUnavailable)
    assert.equal(await worth(access), 'revoked')
    assert.equal(await writtenReason(sid), null)
    assert.equal(await told('session.ended'), 0)
  })

  it('counts for its refresh token too, also when the rest of the store answers again', async (t) => {
    const { rig, sid, r0, breakStore, show } = await open(t)
    breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM), StoreUnavailable)
    assert.deepEqual(await show(r0), { kind: 'over', reason: 'signed-out' })
  })

  it('is made good once the store answers, and told once, as it was asked for', async (t) => {
    const { rig, sid, begin, breakStore, writtenReason, told } = await open(t)
    const other = await begin()
    const mend = breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM))
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM))
    await assert.rejects(rig.endings.one(other.sid, 'ended-elsewhere', FROM))
    await rig.endings.retry()
    assert.equal(await writtenReason(sid), null)
    mend()
    await rig.endings.retry()
    assert.equal(await writtenReason(sid), 'signed-out')
    assert.equal(await writtenReason(other.sid), 'ended-elsewhere')
    await rig.endings.retry()
    assert.equal(await told('session.ended'), 2)
    const [entry] = await rig.audit.list({})
    assert.equal(entry?.address, FROM.address)
  })

  it('has nothing to make good when it was written at once', async (t) => {
    const { rig, sid, breakStore, told } = await open(t)
    await rig.endings.one(sid, 'signed-out', FROM)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const timers = t.mock.method(globalThis, 'setTimeout')
    breakStore()
    await rig.endings.retry()
    assert.equal(timers.mock.callCount(), 0)
    assert.equal(await told('session.ended'), 1)
  })

  it('is known on every node once it is made good, however long that took', async (t) => {
    const { rig, sid, breakStore } = await open(t)
    const mend = breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM))
    // Longer than a poll of the other node looks back.
    rig.clock.advance(120)
    const before = rig.clock.now() - 60
    mend()
    await rig.endings.retry()
    assert.deepEqual(
      (await rig.stores.sessions.revocations(before)).map((revocation) => revocation.sid),
      [sid],
    )
  })

  it('that can never be written keeps no other from being made good', async (t) => {
    const { rig, user, sid, breakStore, writtenReason } = await open(t)
    const other = await rig.signIn(user)
    const { end } = rig.stores.sessions
    const mend = breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM), StoreUnavailable)
    await assert.rejects(rig.endings.one(other.claims.sid, 'signed-out', FROM), StoreUnavailable)
    mend()
    const refuse = () => Promise.reject(new StoreUnavailable('not this one'))
    rig.stores.sessions.end = (one, ...rest) => (one === sid ? refuse() : end(one, ...rest))
    await rig.endings.retry()
    await rig.endings.retry()
    assert.equal(await writtenReason(other.claims.sid), 'signed-out')
    assert.equal(await writtenReason(sid), null)
  })

  it('is tried again each second by itself, until it is written', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { rig, sid, breakStore, told } = await open(t)
    const settle = async () => {
      for (let i = 0; i < 20; i++) await Promise.resolve()
    }
    const mend = breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM))
    t.mock.timers.tick(1000)
    await settle()
    assert.equal(await told('session.ended'), 0)
    mend()
    t.mock.timers.tick(999)
    await settle()
    assert.equal(await told('session.ended'), 0)
    t.mock.timers.tick(1)
    await settle()
    assert.equal(await told('session.ended'), 1)
  })

  it('for reuse is told as reuse too, once it is made good', async (t) => {
    const { rig, r0, access, breakStore, show, trade, worth, told } = await open(t)
    await trade(await trade(r0))
    const mend = breakStore()
    await assert.rejects(show(r0), StoreUnavailable)
    assert.equal(await worth(access), 'revoked')
    mend()
    await rig.endings.retry()
    assert.equal(await told('session.ended'), 1)
    assert.equal(await told('refresh.reuse_detected'), 1)
  })
})

describe('ending a session when it is done and the answer is lost', () => {
  for (const [who, again] of [
    ['by itself', ({ endings }: Rig) => endings.retry()],
    ['by whoever asks again', ({ endings }: Rig, sid: string) => endings.one(sid, 'signed-out', FROM)],
  ] as const)
    it(`is told once, with its own reason and time, when it is tried again ${who}`, async (t) => {
      const { rig, sid, r0, loseAnswers, show, trade, sessionOf, told } = await open(t)
      await trade(await trade(r0))
      const endedAt = rig.clock.now()
      const mend = loseAnswers()
      await assert.rejects(show(r0), StoreUnavailable)
      rig.clock.advance(3)
      await rig.endings.retry()
      assert.equal(await told('session.ended'), 0)
      mend()
      rig.clock.advance(3)
      await again(rig, sid)
      await rig.endings.retry()
      assert.equal(await rig.endings.one(sid, 'signed-out', FROM), false)
      assert.equal(await told('session.ended'), 1)
      assert.equal(await told('refresh.reuse_detected'), 1)
      assert.equal((await sessionOf(sid)).endedAt, endedAt)
      assert.deepEqual(rig.revocations.log.since(0), [
        { ...rig.revocations.log.since(0)[0], sid: hashSecret(sid), revokedAt: endedAt },
      ])
    })

  it('is told once though two find out at the same time', async (t) => {
    const { rig, sid, loseAnswers, told } = await open(t)
    const mend = loseAnswers()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM), StoreUnavailable)
    mend()
    await Promise.all([rig.endings.retry(), rig.endings.one(sid, 'signed-out', FROM)])
    assert.equal(await told('session.ended'), 1)
  })

  it('is not told when it was another node that ended it, for the same reason', async (t) => {
    const { rig, sid, breakStore, told } = await open(t)
    const mend = breakStore()
    await assert.rejects(rig.endings.one(sid, 'signed-out', FROM), StoreUnavailable)
    mend()
    rig.clock.advance(1)
    await rig.stores.sessions.end(sid, 'signed-out', rig.clock.now())
    rig.clock.advance(1)
    await rig.endings.retry()
    assert.equal(await told('session.ended'), 0)
  })
})

describe('ending all sessions of a user', () => {
  it('ends each, is told for each, and says how many there were', async (t) => {
    const { rig, user, access, r0, begin, show, worth, told } = await open(t)
    const others = [await begin(), await begin()]
    const plain = await rig.signIn(user)
    assert.equal(await rig.endings.allOf(user.id, 'password-changed', FROM), 4)
    for (const token of [access, plain.token, ...others.map((pair) => pair.access)])
      assert.equal(await worth(token), 'revoked')
    for (const token of [r0, ...others.map(({ refresh }) => refresh)])
      assert.deepEqual(await show(token), { kind: 'over', reason: 'password-changed' })
    assert.equal(await told('session.ended'), 4)
    assert.equal(await rig.endings.allOf(user.id, 'disabled', FROM), 0)
    assert.equal(await told('session.ended'), 4)
  })

  it('leaves the one that is excepted, and those of others', async (t) => {
    const { rig, user, sid, access, r0, begin, trade, worth } = await open(t)
    const pair = await begin()
    const stranger = await rig.signIn(await rig.addUser({ username: 'user2' }))
    assert.equal(await rig.endings.allOf(user.id, 'ended-elsewhere', FROM, sid), 1)
    assert.deepEqual([await worth(access), await worth(stranger.token)], ['live', 'live'])
    assert.equal(await worth(pair.access), 'revoked')
    assert.ok(await trade(r0))
  })

  it('is done once, of twenty at the same time', async (t) => {
    const { rig, user, begin, told } = await open(t)
    await begin()
    const counts = await Promise.all(
      Array.from({ length: 20 }, () => rig.endings.allOf(user.id, 'disabled', FROM)),
    )
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      2,
    )
    assert.equal(await told('session.ended'), 2)
  })

  // Their tokens would come back to life if the clock were set back. Nobody is told: they were over.
  for (const [age, reason] of [
    [0, 'disabled'],
    [3599, 'disabled'],
    [3600, null],
    [3601, null],
  ] as const) {
    it(`${reason ? 'ends silently' : 'does not touch'} those that expired ${age} s ago`, async (t) => {
      const { rig, user, writtenReason, told } = await open(t)
      const now = rig.clock.now()
      const expired = testSession({ userId: user.id, startedAt: now - 9000, expiresAt: now - age })
      await rig.stores.sessions.insert(expired)
      assert.equal(await rig.endings.allOf(user.id, 'disabled', FROM), 1)
      assert.equal(await writtenReason(expired.sid), reason)
      assert.equal(rig.revocations.reasonFor(expired.sid), reason ?? undefined)
      assert.equal(await told('session.ended'), 1)
    })
  }

  for (const [ahead, reason] of [
    [4, 'disabled'],
    [5, 'disabled'],
    [6, null],
  ] as const)
    it(`made good later ${reason ? 'ends' : 'leaves'} one that says it began ${ahead} s after it was asked for`, async (t) => {
      const { rig, user, breakStore, writtenReason } = await open(t)
      const now = rig.clock.now()
      const session = testSession({ userId: user.id, startedAt: now + ahead, expiresAt: now + 300 })
      await rig.stores.sessions.insert(session)
      const mend = breakStore()
      await assert.rejects(rig.endings.allOf(user.id, 'disabled', FROM), StoreUnavailable)
      mend()
      await rig.endings.retry()
      assert.equal(await writtenReason(session.sid), reason)
    })

  it('is made good when the store did not answer, but for what was begun since', async (t) => {
    const { rig, user, sid, access, begin, breakStore, writtenReason, worth, told } = await open(t)
    const [here, other] = [await begin(), await begin()]
    const mend = breakStore()
    const ending = rig.endings.allOf(user.id, 'ended-elsewhere', FROM, here.sid)
    await assert.rejects(ending, StoreUnavailable)
    rig.clock.advance(120)
    const since = await begin()
    await rig.endings.retry()
    assert.equal(await told('session.ended'), 0)
    mend()
    await rig.endings.retry()
    for (const ended of [sid, other.sid]) assert.equal(await writtenReason(ended), 'ended-elsewhere')
    for (const left of [here, since]) assert.equal(await worth(left.access), 'live')
    assert.equal(await worth(access), 'revoked')
    assert.equal(await told('session.ended'), 2)
    // As of now, so that every node hears of it.
    assert.equal((await rig.stores.sessions.revocations(rig.clock.now())).length, 2)
    await rig.endings.retry()
    assert.equal(await told('session.ended'), 2)
  })
})
