import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { within } from '../lib/within.ts'
import type { NodeRecord, NodeStore } from './node.ts'

const BEAT_MILLISECONDS = 30_000
const LEAVE_MILLISECONDS = 2000

/** What of a node may change while it runs, read at each beat. */
export type Holdings = Pick<NodeRecord, 'kids' | 'signingKid'>

export interface HeartbeatNeeds {
  store: Pick<NodeStore, 'put' | 'delete'>
  clock: Clock
  about: Pick<NodeRecord, 'version' | 'publicUrl' | 'secretPrint'>
  holdings(): Holdings
}

export interface Heartbeat {
  /** Tells of this node now, and again and again: by the name that an operator knows it by. */
  begin(name: string): void
  /** Takes it back. Never throws, and does not wait long. */
  end(): Promise<void>
}

/**
 * Keeps a row about this node in the database, for `latchkey doctor`. A database that does not answer is no trouble of this:
 * the node serves as well without the row, and whoever needs the database says so.
 */
export function createHeartbeat({ store, clock, about, holdings }: HeartbeatNeeds): Heartbeat {
  const id = newId()
  const startedAt = clock.now()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | null = null

  async function write(name: string): Promise<void> {
    try {
      await store.put({ id, name, ...about, ...holdings(), startedAt, seenAt: clock.now() })
    } catch {}
  }

  /** Beats do not queue up behind a database that is slow. */
  function beat(name: string): void {
    writing ??= write(name).finally(() => {
      writing = null
    })
  }

  async function leave(): Promise<void> {
    // Not before a beat that is under way, which would put the row back.
    await writing
    await store.delete(id)
  }

  return {
    begin(name) {
      timer ??= setInterval(beat, BEAT_MILLISECONDS, name).unref()
      beat(name)
    },
    async end() {
      if (!timer) return
      clearInterval(timer)
      timer = undefined
      await within(leave(), LEAVE_MILLISECONDS).catch(() => {})
    },
  }
}
