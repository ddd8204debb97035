import type { Clock } from '../lib/clock.ts'
import type { SessionStore } from '../sessions/session-store.ts'

const KEPT_SECONDS = 15
const PATIENCE_MILLISECONDS = 1000

export interface LiveSessionsNeeds {
  store: Pick<SessionStore, 'countLive'>
  clock: Clock
  patienceMilliseconds?: number
}

/**
 * How many sessions are live, asked of the store once in 15 s however often one wants to know, and never twice at a time. Null
 * when the store fails or takes longer than a second: the metrics are wanted most when it does.
 */
export function createLiveSessions(needs: LiveSessionsNeeds): () => Promise<number | null> {
  const { store, clock, patienceMilliseconds = PATIENCE_MILLISECONDS } = needs
  let count: Promise<number | null> = Promise.resolve(null)
  let askedAt = Number.NEGATIVE_INFINITY
  let isAsking = false

  function ask(now: number): void {
    isAsking = true
    askedAt = now
    count = store
      .countLive(now)
      .catch(() => null)
      .finally(() => {
        isAsking = false
      })
  }

  return async function liveSessions() {
    const now = clock.now()
    // A clock set back must not keep an old count.
    if (!isAsking && (now - askedAt >= KEPT_SECONDS || now < askedAt)) ask(now)
    const { promise: tooLong, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(resolve, patienceMilliseconds, null)
    return Promise.race([count, tooLong]).finally(() => clearTimeout(timer))
  }
}
