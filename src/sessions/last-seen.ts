import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import type { SessionStore } from './session-store.ts'

const NOTED_EVERY_SECONDS = 60
const MOST_REMEMBERED = 5000

/** Notes that a session is in use: at most once a minute each, whatever the number of requests and of nodes. */
export function createLastSeen({ store, clock }: { store: Pick<SessionStore, 'touch'>; clock: Clock }) {
  const noted = new BoundedMap<string, number>(MOST_REMEMBERED)
  return function sawSession(sid: string): void {
    const now = clock.now()
    const before = noted.get(sid)
    if (before !== undefined && Math.abs(now - before) < NOTED_EVERY_SECONDS) return
    noted.set(sid, now)
    // For people to read, and no request waits for it: a store that does not answer is told of elsewhere.
    store.touch(sid, now, now - NOTED_EVERY_SECONDS).catch(() => {})
  }
}
