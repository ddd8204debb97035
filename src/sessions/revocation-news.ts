import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { type Cursor, cursorOf, decideNews, lastOf } from './revocation-cursor.ts'
import type { Revocations } from './revocations.ts'
import type { Epoch } from './session-store.ts'

// News begin at a whole minute, so that a few answers serve everybody, whatever their cursors.
const SHARED_SECONDS = 60
const MOST_ANSWERS = 16

/** What whoever follows the log must know. All who are told the same are given the same object. */
export interface News {
  epoch: Epoch
  cursor: string
  /** `sid` is SHA-256, base64url. At `until`, in epoch seconds, the last token of the session has expired. */
  revoked: readonly { sid: string; until: number }[]
}

export type Found =
  | { kind: 'news' | 'nothing'; news: News }
  /** This node has not heard of the log for too long to say anything. */
  | { kind: 'stale' }

/** What is new after a cursor (null: after nothing). */
export type FindNews = (after: Cursor | null) => Found

export interface RevocationNewsNeeds {
  revocations: Pick<Revocations, 'epoch' | 'isStale' | 'log'>
  clock: Clock
  longestTokenLifeSeconds: number
}

/** Tells those apart who know all that this node knows, and has what is new ready for the others. */
export function createRevocationNews(needs: RevocationNewsNeeds): FindNews {
  const { revocations, clock, longestTokenLifeSeconds } = needs
  const { log } = revocations
  let cursor: Cursor | null = null
  let version = Number.NaN
  let answers = new BoundedMap<number, Found>(MOST_ANSWERS)

  function currentCursor(epoch: Epoch, now: number): Cursor {
    const isSame = cursor?.epochId === epoch.id && version === log.version && cursor.at === lastOf(log, now)
    if (cursor && isSame) return cursor
    answers = new BoundedMap(MOST_ANSWERS)
    version = log.version
    cursor = cursorOf(epoch, log, now)
    return cursor
  }

  function newsSince(at: number, epoch: Epoch, here: Cursor): Found {
    const known = answers.get(at)
    if (known) return known
    const revoked = log
      .since(at)
      .map(({ sid, revokedAt }) => ({ sid, until: revokedAt + longestTokenLifeSeconds }))
    const found: Found = { kind: 'news', news: { epoch, cursor: here.text, revoked } }
    answers.set(at, found)
    return found
  }

  return function findNews(after) {
    const epoch = revocations.epoch()
    if (epoch === null || revocations.isStale()) return { kind: 'stale' }
    const now = clock.now()
    const oldest = now - longestTokenLifeSeconds
    const here = currentCursor(epoch, now)
    const decision = decideNews(after, { cursor: here, latest: log.latest(), oldest, now })
    switch (decision.kind) {
      case 'nothing':
        return { kind: 'nothing', news: { epoch, cursor: (after ?? here).text, revoked: [] } }
      case 'since': {
        const minute = decision.at - (decision.at % SHARED_SECONDS)
        return newsSince(Math.max(minute, oldest), epoch, here)
      }
      default:
        return decision satisfies never
    }
  }
}
