import assert from 'node:assert/strict'
import { hashSecret } from '../src/lib/hash-secret.ts'
import { newId, newSecret } from '../src/lib/ids.ts'
import type { Session } from '../src/sessions/session.ts'
import type { SessionStore } from '../src/sessions/session-store.ts'
import { testSession } from '../src/vectors/records.testing.ts'

// Of twenty sessions of a site that has been there for a while, twelve are live, five have expired, three were ended.
const OF = 20
const LIVE = 12
const EXPIRED = 5
const PER_USER = 4
const AT_ONCE = 100
const LOOKED_UP = 100

const HOUR = 3600
const DAY = 24 * HOUR

/** A session begun on some day of the last week; every other one has a refresh token. Some end within ten days, none before. */
export function liveSession(n: number, userId: string, now: number): Session {
  const startedAt = now - (n % (7 * DAY))
  const times = { startedAt, lastSeenAt: now, expiresAt: now + 7 * DAY, endsAt: startedAt + 17 * DAY }
  const refresh = {
    ...{ salt: newSecret(), rotation: 0, rotatedAt: now },
    ...{ currentHash: hashSecret(`${n}`), previousHash: hashSecret(`${n}.`) },
  }
  return testSession({ sid: newId(), userId, ...times, refresh: n % 2 === 0 ? refresh : null })
}

function expiredSession(n: number, userId: string, now: number): Session {
  const overAt = now - (n % (80 * DAY)) - 1
  const times = { startedAt: overAt - HOUR, lastSeenAt: overAt - HOUR, expiresAt: overAt }
  return { ...liveSession(n, userId, now), ...times }
}

/** Puts so many sessions into a store by its own insert and end, and gives back those that are live. Looks some of them up. */
export async function fill(store: SessionStore, count: number, now: number): Promise<Session[]> {
  const live: Session[] = []
  let userId = newId()
  for (let from = 0; from < count; from += AT_ONCE) {
    const batch: Promise<void>[] = []
    for (let n = from; n < Math.min(from + AT_ONCE, count); n++) {
      if (n % PER_USER === 0) userId = newId()
      // So that users have some of each kind.
      const kind = (n * 7) % OF
      if (kind < LIVE) {
        const session = liveSession(n, userId, now)
        live.push(session)
        batch.push(store.insert(session))
      } else if (kind < LIVE + EXPIRED) batch.push(store.insert(expiredSession(n, userId, now)))
      else batch.push(insertEnded(store, liveSession(n, userId, now), now - 120 - (n % HOUR)))
    }
    await Promise.all(batch)
  }
  for (let n = 0; n < LOOKED_UP; n++) {
    const session = live[Math.floor((n * live.length) / LOOKED_UP)] ?? assert.fail()
    assert.deepEqual(await store.find(session.sid), session)
  }
  return live
}

/** Ended in the last hour, so that the revocation log has it. */
async function insertEnded(store: SessionStore, session: Session, endedAt: number): Promise<void> {
  await store.insert(session)
  assert.ok(await store.end(session.sid, 'signed-out', endedAt))
}
