import type { SessionStore } from '../sessions/session-store.ts'
import type { Stores } from '../stores/open.ts'
import type { Metrics } from './metrics.ts'
import { timeCalls } from './time-calls.ts'

const TIMED = ['users', 'sessions', 'audit'] as const

// It waits for news for a second, which says nothing about how quick the store is. That it fails says as much as of any other.
const WAITS: keyof SessionStore = 'awaitRevocations'

/** The same stores, with every call timed but for those that wait, and every failure counted, whatever engine is behind them. */
export function timeStores(stores: Stores, metrics: Pick<Metrics, 'storeCall'>): Stores {
  const timed = TIMED.map((name) => {
    const store = timeCalls(stores[name], (operation, seconds, isDone) => {
      metrics.storeCall(name, operation, operation === WAITS ? null : seconds, isDone)
    })
    return [name, store]
  })
  return { ...stores, ...Object.fromEntries(timed) }
}
