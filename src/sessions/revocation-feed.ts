import { Places } from '../lib/places.ts'
import { type Cursor, readCursor } from './revocation-cursor.ts'
import { createRevocationNews, type Found, type News, type RevocationNewsNeeds } from './revocation-news.ts'
import type { Revocations } from './revocations.ts'

const MOST_WAITERS = { inAll: 1000, perHolder: 20 }
// The others come after the pages that were asked for meanwhile.
const MOST_AT_ONCE = 100

export type Told =
  | Found
  /** Nothing yet, and not waited for as long as was asked: too many wait, or this process is about to stop. */
  | { kind: 'cut-short'; news: News }

export interface Waiting {
  kind: 'waiting'
  told: Promise<Told>
  /** Nobody is interested any more. */
  forget(): void
}

export interface Asked {
  /** The cursor of the last answer. */
  after: string | undefined
  waitSeconds: number
  /** Whose place it is to wait in: of each, twenty may wait. */
  by: string
}

export interface RevocationFeed {
  /** What is new after a cursor: at once, or a place to wait for it when there is nothing and `waitSeconds` is not 0. */
  ask(asked: Asked): Told | Waiting
  /** How many wait now. */
  readonly waiting: number
  /** Tells all who wait, and lets nobody wait from now on. */
  drain(): void
}

export interface RevocationFeedNeeds extends RevocationNewsNeeds {
  revocations: RevocationNewsNeeds['revocations'] & Pick<Revocations, 'listen'>
}

interface Waiter {
  after: Cursor
  by: string
  timer: NodeJS.Timeout
  tell(told: Told): void
}

/** The revocation log for apps that check tokens by themselves: what is new in it, and waiting for that. */
export function createRevocationFeed(needs: RevocationFeedNeeds): RevocationFeed {
  const findNews = createRevocationNews(needs)
  const places = new Places(MOST_WAITERS)
  /** Who waits, by cursor: nearly all have the same one. */
  const waiters = new Map<string, Set<Waiter>>()
  let isWaking = false
  let isDraining = false

  function wait(after: Cursor, { waitSeconds, by }: Asked): Waiting {
    const { promise, resolve } = Promise.withResolvers<Told>()
    const end = () => settle(waiter, findNews(after))
    const timer = setTimeout(end, waitSeconds * 1000).unref()
    const waiter: Waiter = { after, by, timer, tell: resolve }
    const group = waiters.get(after.text)
    if (group) group.add(waiter)
    else waiters.set(after.text, new Set([waiter]))
    return { kind: 'waiting', told: promise, forget: end }
  }

  function settle(waiter: Waiter, told: Told): void {
    const { after, by, timer, tell } = waiter
    const group = waiters.get(after.text)
    if (!group?.delete(waiter)) return
    if (group.size === 0) waiters.delete(after.text)
    clearTimeout(timer)
    places.leave(by)
    tell(told)
  }

  /** Tells at most so many of those for whom there is something. Whether there are more. */
  function wake(most: number, tellNothing: (found: Found) => Told | null = () => null): boolean {
    let left = most
    for (const group of waiters.values()) {
      const [first] = group
      if (!first) continue
      const found = findNews(first.after)
      const told = found.kind === 'nothing' ? tellNothing(found) : found
      if (told === null) continue
      for (const waiter of group) {
        if (left-- === 0) return true
        settle(waiter, told)
      }
    }
    return false
  }

  // Once for all that comes at the same time, also when that is ten thousand sessions.
  function wakeSoon(): void {
    if (isWaking || waiters.size === 0) return
    isWaking = true
    setImmediate(() => {
      isWaking = false
      if (wake(MOST_AT_ONCE)) wakeSoon()
    }).unref()
  }

  needs.revocations.listen(wakeSoon)

  return {
    ask(asked) {
      const after = asked.after === undefined ? null : readCursor(asked.after)
      const found = findNews(after)
      if (found.kind !== 'nothing' || after === null || asked.waitSeconds === 0) return found
      return isDraining || !places.take(asked.by) ? cutShort(found) : wait(after, asked)
    },
    get waiting() {
      return places.taken
    },
    drain() {
      isDraining = true
      wake(Number.POSITIVE_INFINITY, cutShort)
    },
  }
}

const cutShort = (found: Found): Told => (found.kind === 'nothing' ? { ...found, kind: 'cut-short' } : found)
