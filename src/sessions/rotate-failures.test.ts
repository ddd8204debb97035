import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { START } from '../testing.ts'
import { openRig } from '../vectors/rig.testing.ts'
import { handling, openPair, type PairOptions } from './pair.testing.ts'

const OVER = { kind: 'over', reason: 'reuse' }

async function openPairOnDisk(t: TestContext, options: PairOptions = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-rotate-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const clock = manualClock(START)
  const pair = await openPair(t, { dataDir, clock, ...options })
  /** The program once more, on the same files. */
  const restart = async (secret?: Uint8Array) => {
    await pair.rig.close()
    const rig = await openRig({ dataDir, clock, keys: pair.rig.keys, ...(secret && { secret }) })
    t.after(() => rig.close())
    return { ...handling(rig), rig }
  }
  return { dataDir, ...pair, restart }
}

/** Fails the call of a store that is about to be made, or was just made. */
function openFailing(t: TestContext) {
  let failing: { call: string; when: number } | null = null
  const pause = async (call: string) => {
    if (failing?.call === call && failing.when-- === 0) {
      failing = null
      throw new StoreUnavailable('the database does not answer')
    }
  }
  const failNext = (call: string, when: 'before' | 'after') => {
    failing = { call, when: when === 'before' ? 0 : 1 }
  }
  return openPair(t, { pause }).then((pair) => ({ ...pair, failNext }))
}

describe('a rotation that fails', () => {
  it('before it is written leaves the token usable, whichever call it was', async (t) => {
    const { sid, r0, show, trade, sessionOf, failNext, told } = await openFailing(t)
    const before = await sessionOf(sid)
    for (const call of ['find', 'rotate']) {
      failNext(call, 'before')
      await assert.rejects(show(r0), StoreUnavailable)
      assert.deepEqual(await sessionOf(sid), before)
    }
    assert.equal(await told('session.refreshed'), 0)
    assert.ok(await trade(await trade(r0)))
  })

  for (const wait of [0, 10, 11]) {
    it(`after it was written is a lost answer, mended ${wait} s later`, async (t) => {
      const { rig, sid, r0, show, trade, sessionOf, failNext } = await openFailing(t)
      failNext('rotate', 'after')
      await assert.rejects(show(r0), StoreUnavailable)
      assert.equal((await sessionOf(sid)).refresh?.rotation, 1)
      rig.clock.advance(wait)
      assert.ok(await trade(await trade(r0)))
      assert.equal((await sessionOf(sid)).endedAt, null)
    })
  }

  it('because another process keeps the database locked leaves the token usable', async (t) => {
    const { dataDir, sid, r0, show, trade, sessionOf } = await openPairOnDisk(t)
    const other = new DatabaseSync(join(dataDir, 'latchkey.db'))
    t.after(() => other.close())
    other.exec('begin immediate')
    await assert.rejects(show(r0), StoreUnavailable)
    other.exec('rollback')
    assert.equal((await sessionOf(sid)).refresh?.rotation, 0)
    assert.ok(await trade(await trade(r0)))
  })

  it('because the database refuses to be written to leaves the token usable', async (t) => {
    const { dataDir, sid, r0, show, trade, sessionOf } = await openPairOnDisk(t)
    const other = new DatabaseSync(join(dataDir, 'latchkey.db'))
    t.after(() => other.close())
    other.exec("create trigger full before update on sessions begin select raise(abort, 'full'); end")
    await assert.rejects(show(r0))
    other.exec('drop trigger full')
    assert.equal((await sessionOf(sid)).refresh?.rotation, 0)
    assert.ok(await trade(await trade(r0)))
  })

  it('to be told to the audit log is answered all the same', async (t) => {
    const { rig, r0, trade } = await openPair(t)
    rig.stores.audit.insert = () => Promise.reject(new StoreUnavailable('full'))
    assert.ok(await trade(await trade(r0)))
    assert.equal(rig.troubles.length, 2)
  })
})

describe('after a restart', () => {
  it('the current token is as good as before, and its predecessor within its ten seconds', async (t) => {
    const { r0, trade, restart } = await openPairOnDisk(t)
    const r1 = await trade(r0)
    const again = await restart()
    again.rig.clock.advance(10)
    assert.equal(await again.trade(r0), r1)
    assert.ok(await again.trade(await again.trade(r1)))
  })

  it('a theft is still seen', async (t) => {
    const { r0, access, trade, restart } = await openPairOnDisk(t)
    const r2 = await trade(await trade(r0))
    const { show, worth, told } = await restart()
    assert.deepEqual(await show(r0), OVER)
    assert.deepEqual(await show(r2), OVER)
    assert.equal(await worth(access), 'revoked')
    assert.equal(await told('refresh.reuse_detected'), 1)
  })

  it('with another SECRET no refresh token is good, and none ends anything', async (t) => {
    const { sid, r0, access, trade, restart } = await openPairOnDisk(t)
    const r2 = await trade(await trade(r0))
    const { show, worth, sessionOf } = await restart(new Uint8Array(32).fill(8))
    for (const token of [r0, r2]) assert.deepEqual(await show(token), { kind: 'invalid' })
    assert.equal((await sessionOf(sid)).endedAt, null)
    assert.equal(await worth(access), 'live')
  })
})
