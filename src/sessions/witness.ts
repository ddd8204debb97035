import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { within } from '../lib/within.ts'
import type { Mark, SessionStore } from './session-store.ts'

const MARK_MILLISECONDS = 60_000
const LAST_MARK_MILLISECONDS = 2000

/** Where the last mark is kept outside the store, so that it is not put back together with it. */
export interface MarkKeeper {
  /** Null when there is none. */
  read(): Promise<Mark | null>
  write(mark: Mark): Promise<void>
}

export interface WitnessNeeds {
  store: Pick<SessionStore, 'epoch' | 'renewEpoch' | 'mark' | 'hasLost'>
  keeper: MarkKeeper
  clock: Clock
  /** Called when the store was put back to an older state. */
  onPutBack(): void
  /** Called once when the mark cannot be kept: a store that is put back while no node runs is not noticed then. */
  onTrouble(error: unknown): void
}

export interface Witness {
  /** Looks whether the store was put back since the last mark, and leaves another each minute. Throws when it does not answer. */
  begin(): Promise<void>
  /** Leaves a mark, after a look whether the last one is still there. Never throws: the next is left in a minute. */
  leaveMark(): Promise<void>
  /** Leaves the last one. Does not wait long. */
  end(): Promise<void>
}

/**
 * Notices that the session store was put back to an older state, which does not know of the sessions that were ended since: it
 * lacks a mark that was left in it. Everybody signs in again then.
 */
export function createWitness({ store, keeper, clock, onPutBack, onTrouble }: WitnessNeeds): Witness {
  let last: Mark | null = null
  let timer: NodeJS.Timeout | undefined
  let inTrouble = false

  function tell(error: unknown): void {
    if (!inTrouble) onTrouble(error)
    inTrouble = true
  }

  async function look(mark: Mark): Promise<void> {
    const now = clock.now()
    const epoch = await store.epoch(now)
    // A younger epoch knows nobody who was signed in when the mark was left.
    if (epoch.at > mark.at || !(await store.hasLost(mark))) return
    await store.renewEpoch(epoch.id, now)
    onPutBack()
  }

  async function leave(): Promise<void> {
    const mark = { id: newId(), at: clock.now() }
    if (last && !(await store.mark(mark, last))) {
      await look(last)
      last = null
    }
    if (!last) await store.mark(mark, null)
    last = mark
    await keeper.write(mark).catch(tell)
  }

  /** A store that does not answer is no trouble of this: whoever needs it says so. */
  const leaveMark = () => leave().catch(() => {})

  return {
    async begin() {
      const kept = await keeper.read().catch(tell)
      if (kept) await look(kept)
      timer ??= setInterval(leaveMark, MARK_MILLISECONDS).unref()
      await leaveMark()
    },
    leaveMark,
    async end() {
      if (!timer) return
      clearInterval(timer)
      timer = undefined
      await within(leaveMark(), LAST_MARK_MILLISECONDS).catch(() => {})
    },
  }
}
