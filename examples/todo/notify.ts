import { setTimeout as wait } from 'node:timers/promises'
import type { SendSms } from './vonage.ts'

// Three tries in all.
const PAUSES_MILLISECONDS = [500, 2000]
// While Vonage hangs, each takes seconds: more than these would be a heap that only grows.
const MOST_UNDER_WAY = 20

export interface News {
  todoId: string
  username: string
}

export interface Notifier {
  /** Tells of a new to-do, some time from now. It takes no time, never throws, and changes nothing for who asked. */
  notify(news: News): void
  /** Waits for what is being sent, tries nothing again, and sends nothing new. */
  close(): Promise<void>
}

/** One line of a log. */
export type Log = (line: Record<string, unknown>) => void

export interface NotifierNeeds {
  send: SendSms
  log: Log
  /** Rejects when the signal says so. */
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

export const SILENT: Notifier = { notify() {}, async close() {} }

export function createNotifier({ send, log, pause = waitFor }: NotifierNeeds): Notifier {
  const underWay = new Set<Promise<void>>()
  const closing = new AbortController()

  /** Without the number, which `send` alone knows, and without the title, which nobody told us. */
  async function tell({ todoId, username }: News): Promise<void> {
    for (let tries = 1; ; tries++) {
      const sent = await send(`${username} has a new to-do.`)
      if (sent.kind === 'accepted')
        return log({ event: 'sms.sent', todoId, tries, messageUuid: sent.messageUuid })
      const milliseconds = PAUSES_MILLISECONDS[tries - 1]
      if (sent.kind === 'refused' || milliseconds === undefined || !(await paused(milliseconds)))
        return log({ event: 'sms.failed', todoId, tries, why: sent.why })
    }
  }

  /** False when we stop meanwhile. */
  const paused = (milliseconds: number) =>
    pause(milliseconds, closing.signal).then(
      () => !closing.signal.aborted,
      () => false,
    )

  return {
    notify(news) {
      if (underWay.size >= MOST_UNDER_WAY || closing.signal.aborted) {
        log({ event: 'sms.dropped', todoId: news.todoId })
        return
      }
      const telling = tell(news)
        // A bug of ours, and still nothing that may end the app.
        .catch((error) => log({ event: 'sms.failed', todoId: news.todoId, why: String(error?.name) }))
        .finally(() => underWay.delete(telling))
      underWay.add(telling)
    },
    async close() {
      closing.abort()
      await Promise.all(underWay)
    },
  }
}

const waitFor = (milliseconds: number, signal: AbortSignal) => wait(milliseconds, undefined, { signal })
