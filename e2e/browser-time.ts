import type { BrowserContext, Page, Request } from '@playwright/test'

export interface BrowserTime {
  /** Moves every page's clock, as when a laptop wakes: each timer that came due fires once. */
  advance(seconds: number): Promise<void>
  /** Resolves when the pages have asked all that they wanted to know, and have heard. */
  settled(): Promise<void>
}

/** Stops the clock of every page of the context at `startedAt` (epoch seconds); from then on only `advance` moves it. */
export async function stopBrowserTime(context: BrowserContext, startedAt: number): Promise<BrowserTime> {
  const unanswered = new Set<Request>()
  context.on('request', (request) => unanswered.add(request))
  context.on('requestfinished', (request) => unanswered.delete(request))
  context.on('requestfailed', (request) => unanswered.delete(request))
  await context.clock.install({ time: startedAt * 1000 })
  await context.clock.pauseAt(startedAt * 1000)

  // A page that waits for the lock has a request to make yet. Its question about the lock is answered after the lock itself
  // is, and its news to other tabs went out before that, so no request or message is on its way unseen.
  async function settled() {
    let busy = true
    while (busy) {
      await Promise.all([...unanswered].map(async (request) => (await request.response())?.finished()))
      const locked = await Promise.all(context.pages().map(holdsLock))
      busy = locked.some(Boolean) || unanswered.size > 0
    }
  }

  return {
    settled,
    advance: (seconds) => context.clock.fastForward(seconds * 1000),
  }
}

async function holdsLock(page: Page): Promise<boolean> {
  try {
    return await page.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return held.length + pending.length > 0
    })
  } catch {
    // It is on its way to another page: ask that one.
    await page.waitForLoadState()
    return true
  }
}
