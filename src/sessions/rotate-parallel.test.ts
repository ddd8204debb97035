import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { START } from '../testing.ts'
import { grantOf, openPair, pairOf } from './pair.testing.ts'
import type { RotateOutcome } from './rotate.ts'
import { startRotating } from './rotating.testing.ts'

async function openPairOnDisk(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-rotate-'))
  // Registered first, it is the last to run: the database has been closed.
  t.after(() => rm(dataDir, { recursive: true }))
  return { dataDir, ...(await openPair(t, { dataDir })) }
}

/** All were answered alike, each with an access token of its own: the one successor. */
function theOne(outcomes: RotateOutcome[]): string {
  const pairs = outcomes.map((outcome) => pairOf(grantOf(outcome)))
  const [successor = assert.fail(), ...others] = new Set(pairs.map(({ refresh }) => refresh))
  assert.deepEqual(others, [], 'there are several successors')
  assert.equal(new Set(pairs.map(({ access }) => access)).size, pairs.length)
  return successor
}

const twenty = <T>(call: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, call))

describe('twenty uses of one refresh token at the same time', () => {
  it('in one process have one successor, and one rotation is written', async (t) => {
    const { sid, r0, show, trade, sessionOf, told } = await openPair(t)
    const r1 = theOne(await twenty(() => show(r0)))
    assert.equal((await sessionOf(sid)).refresh?.rotation, 1)
    assert.equal(await told('session.refreshed'), 1)
    assert.ok(await trade(r1))
  })

  it('of a predecessor whose answer was lost have one successor too', async (t) => {
    const { rig, sid, r0, show, trade, sessionOf } = await openPair(t)
    const lost = await trade(r0)
    rig.clock.advance(11)
    const next = theOne(await twenty(() => show(r0)))
    assert.notEqual(next, lost)
    assert.equal((await sessionOf(sid)).refresh?.rotation, 2)
  })

  it('in two processes on one database have one successor', async (t) => {
    const { dataDir, rig, begin, show, trade, sessionOf, told } = await openPairOnDisk(t)
    // Several sessions, so that the processes are sure to meet at one of them.
    const pairs = await Promise.all(Array.from({ length: 8 }, begin))
    const job = { dataDir, tokens: pairs.map(({ refresh }) => refresh), times: 10, now: START }
    const processes = await Promise.all([startRotating(job), startRotating(job)])
    const [one, two] = await Promise.all(processes.map(({ go }) => go()))
    for (const [index, { sid, refresh: r0 }] of pairs.entries()) {
      const outcomes = [...(one?.[index] ?? []), ...(two?.[index] ?? [])]
      assert.equal(outcomes.length, 20)
      const r1 = theOne(outcomes)
      assert.equal((await sessionOf(sid)).refresh?.rotation, 1)
      assert.equal(await trade(r0), r1)
    }
    assert.equal(await told('session.refreshed'), 8)
    // Of each session one token is live: the other that there is, is its predecessor.
    rig.clock.advance(11)
    for (const { refresh: r0 } of pairs) {
      await trade(await trade(r0))
      assert.deepEqual(await show(r0), { kind: 'over', reason: 'reuse' })
    }
  })
})

describe('a process that is killed between the write and the answer', () => {
  for (const [wait, same] of [
    [0, true],
    [10, true],
    [11, false],
    [86_400, false],
  ] as const) {
    it(`signs nobody out: the retry ${wait} s later gets ${same ? 'what was written' : 'the next one'}`, async (t) => {
      const { dataDir, rig, sid, r0, trade, sessionOf, told } = await openPairOnDisk(t)
      const dying = await startRotating({ dataDir, tokens: [r0], times: 1, now: START, dies: true })
      assert.equal(await dying.go(), null)
      assert.equal(dying.signal(), 'SIGKILL')
      const written = (await sessionOf(sid)).refresh ?? assert.fail()
      assert.equal(written.rotation, 1)
      const lost = rig.refreshTokens.successor(r0, sid, written.salt, 1)
      rig.clock.advance(wait)
      const r1 = await trade(r0)
      assert.equal(r1 === lost, same)
      assert.equal((await sessionOf(sid)).refresh?.rotation, same ? 1 : 2)
      assert.ok(await trade(await trade(r1)))
      assert.equal(await told('refresh.reuse_detected'), 0)
    })
  }
})
