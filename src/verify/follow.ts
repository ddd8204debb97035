import type { Heard } from './heard.ts'

const LEAST_SECONDS = 1
const LONGEST_BACK_OFF_SECONDS = 10

export interface FollowNeeds {
  ask(): Promise<Heard>
  /** Called after each answer, and each failure with the reason. */
  onHeard(why: string | null): void
  /** From 0 to 1. */
  random(): number
}

export interface Following {
  close(): void
}

/**
 * Asks again and again, one question at a time. Whatever is answered, and however soon, there is at least a second between two
 * questions, unless there was news. No timer of it keeps a process alive.
 */
export function follow({ ask, onHeard, random }: FollowNeeds): Following {
  let failures = 0
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  async function once(): Promise<void> {
    let isSoon = true
    const second = setTimeout(() => {
      isSoon = false
    }, LEAST_SECONDS * 1000)
    second.unref()
    const heard = await ask()
    clearTimeout(second)
    if (isClosed) return
    failures = heard.kind === 'failed' ? failures + 1 : 0
    onHeard(heard.kind === 'failed' ? heard.why : null)
    timer = setTimeout(once, pauseSeconds(heard, { isSoon, failures, random: random() }) * 1000)
    timer.unref()
  }

  once()
  return {
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** Seconds until the next question; `isSoon` when the answer came within a second, `failures` those in a row. */
export function pauseSeconds(
  heard: Heard,
  { isSoon, failures, random }: { isSoon: boolean; failures: number; random: number },
): number {
  switch (heard.kind) {
    case 'heard':
      return Math.max(heard.nextInSeconds, isSoon && !heard.isNews ? LEAST_SECONDS : 0)
    case 'failed': {
      if (heard.retryAfterSeconds !== null) return Math.max(heard.retryAfterSeconds, LEAST_SECONDS)
      // Anywhere between the least and twice as much as before, so that many apps do not come back all at once.
      const most = Math.min(LONGEST_BACK_OFF_SECONDS, LEAST_SECONDS * 2 ** failures)
      return LEAST_SECONDS + (most - LEAST_SECONDS) * random
    }
    default:
      return heard satisfies never
  }
}
