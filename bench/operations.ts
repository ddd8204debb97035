import assert from 'node:assert/strict'
import { hashSecret } from '../src/lib/hash-secret.ts'
import { OVERLAP_SECONDS } from '../src/sessions/revocations.ts'
import type { Session } from '../src/sessions/session.ts'
import type { SessionStore } from '../src/sessions/session-store.ts'
import { liveSession } from './fill.ts'

/** What is asked of a session store while a site is in use; a poll is what a node asks again and again to hear of ends. */
export const OPERATIONS = ['find', 'listLive', 'poll', 'extend', 'rotate', 'insert', 'end'] as const
export type Operation = (typeof OPERATIONS)[number]

// What each poll finds, in a small store as in a large one.
const NEWS = 10
const PREVIOUS = hashSecret('previous')
const CURRENT = hashSecret('current')

/** The operations on a store that was filled, each time on other sessions of `live`, and each seen to have done its work. */
export async function operationsOn(
  store: SessionStore,
  live: Session[],
  now: number,
): Promise<Record<Operation, () => Promise<void>>> {
  const anyAt = () => Math.floor(Math.random() * live.length)
  const any = (): Session => live[anyAt()] ?? assert.fail()
  const poll = await pollOf(store, live.splice(0, NEWS), now)
  return {
    poll,
    async find() {
      const { sid } = any()
      assert.equal((await store.find(sid))?.sid, sid)
    },
    async listLive() {
      const { userId } = any()
      assert.ok((await store.listLive(now, userId)).length > 0)
    },
    async extend() {
      const session = any()
      const extended = await store.extend(session.sid, session.expiresAt + 1, now)
      session.expiresAt = extended?.expiresAt ?? assert.fail()
    },
    async rotate() {
      let session = any()
      while (!session.refresh) session = any()
      const { sid, expiresAt } = session
      const to = { currentHash: CURRENT, previousHash: PREVIOUS, expiresAt: expiresAt + 1 }
      const rotated = (await store.rotate(sid, session.refresh.rotation, to, now)) ?? assert.fail()
      session.expiresAt = rotated.expiresAt
      session.refresh = rotated.refresh
    },
    async insert() {
      const session = liveSession(anyAt(), any().userId, now)
      await store.insert(session)
      live.push(session)
    },
    async end() {
      const at = anyAt()
      const last = live.pop() ?? assert.fail()
      const ended = live[at] ?? last
      if (at < live.length) live[at] = last
      // Long enough ago that polls no longer see it.
      assert.ok(await store.end(ended.sid, 'signed-out', now - 2 * OVERLAP_SECONDS))
    },
  }
}

/** Ends these sessions; from then on the poll of a node that has heard of all that was before. */
async function pollOf(store: SessionStore, news: Session[], now: number): Promise<() => Promise<void>> {
  const { awaitRevocations } = store
  const place = awaitRevocations ? await endOfLog(awaitRevocations, now) : null
  for (const { sid } of news) assert.ok(await store.end(sid, 'signed-out', now))
  const read = awaitRevocations
    ? async () => (await awaitRevocations(place, now)).revocations
    : async () => {
        await store.epoch(now)
        return store.revocations(now - OVERLAP_SECONDS)
      }
  return async () => assert.equal((await read()).length, news.length)
}

async function endOfLog(
  awaitRevocations: NonNullable<SessionStore['awaitRevocations']>,
  now: number,
): Promise<string> {
  let news = await awaitRevocations(null, now)
  while (news.revocations.length > 0) news = await awaitRevocations(news.place, now)
  return news.place
}
