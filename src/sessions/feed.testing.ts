import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { manualClock } from '../lib/clock.ts'
import { hashSecret } from '../lib/hash-secret.ts'
import { START } from '../testing.ts'
import { createRevocationFeed, type Told, type Waiting } from './revocation-feed.ts'
import type { News } from './revocation-news.ts'
import { createRevocations } from './revocations.ts'
import type { Revocation } from './session-store.ts'

/** For tests only: the feed of revocations on a log that the test writes, and that is read when it says so. */

export const LONGEST_SECONDS = 900

/** A node: all with the same rows are on the same store. */
export function openNode(rows: Revocation[], clock = manualClock(START)) {
  const store = { epoch: { id: 'first', at: START - 5000 }, isDown: false }
  const needs = { clock, longestTokenLifeSeconds: LONGEST_SECONDS }
  const revocations = createRevocations({
    ...needs,
    store: {
      revocations: async (since) => rows.filter(({ revokedAt }) => revokedAt >= since),
      epoch: async () => (store.isDown ? Promise.reject(new Error('gone')) : store.epoch),
      renewEpoch: async () => store.epoch,
    },
    onTrouble() {},
  })
  const feed = createRevocationFeed({ ...needs, revocations })
  const ask = (after?: string, waitSeconds = 0, by = 'a') => feed.ask({ after, waitSeconds, by })
  return { clock, rows, store, revocations, feed, ask }
}

/** One node that has read the log. The timers of the feed stand still until they are moved. */
export async function openFeed(t: TestContext, rows: Revocation[] = []) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const node = openNode(rows)
  const { clock, revocations, ask } = node
  await revocations.poll()
  const cursor = () => newsOf(ask()).cursor
  /** Waits, and notes what is told. */
  function waiting(after = cursor(), waitSeconds = 25, by = 'a') {
    const asked = ask(after, waitSeconds, by)
    assert.ok(asked.kind === 'waiting', asked.kind)
    const told: Told[] = []
    asked.told.then((what) => told.push(what))
    return { told, forget: asked.forget }
  }
  const end = (sid: string, age = 0) =>
    revocations.add({ sid, reason: 'signed-out', revokedAt: clock.now() - age })
  const tick = (seconds: number) => t.mock.timers.tick(seconds * 1000)
  return { ...node, cursor, waiting, end, tick }
}

/** Lets everybody be told who is to be told. */
export async function wakes(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
}

export const row = (sid: string, age = 0): Revocation => ({
  sid,
  reason: 'signed-out',
  revokedAt: START - age,
})

export function newsOf(told: Told | Waiting): News {
  assert.ok(told.kind === 'news' || told.kind === 'nothing' || told.kind === 'cut-short', told.kind)
  return told.news
}

export const sidsOf = (told: Told | Waiting) => newsOf(told).revoked.map(({ sid }) => sid)
export const hashes = (...sids: string[]) => sids.map(hashSecret)
