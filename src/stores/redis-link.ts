import type { RedisAddress } from '../lib/redis-url.ts'
import { within } from '../lib/within.ts'
import { connectRedis, isReply, type RedisClient } from './redis-client.ts'
import { StoreUnavailable } from './store-unavailable.ts'

/** How long Redis may take to answer. */
export const ANSWER_MILLISECONDS = 2000

const SHORTEST_PAUSE_MILLISECONDS = 50
const LONGEST_PAUSE_MILLISECONDS = 1000

// Replies that tell of a bug of ours; all others of a Redis that cannot do what it should: LOADING, OOM, NOAUTH …
const BUGS = /^(ERR|WRONGTYPE|NOSCRIPT)\b/
// A replica now: the name in the URL may lead to the new primary already.
const MOVED_ON = /^READONLY\b/

export interface RedisLink {
  /**
   * What Redis answers, in text and whole numbers. Throws StoreUnavailable, also when that takes longer than two seconds
   * and `extraMilliseconds`; but for a bug of ours, which is an ErrorReply.
   */
  send(args: readonly string[], extraMilliseconds?: number): Promise<unknown>
  close(): Promise<void>
}

/**
 * Connects, and again whenever the connection is lost. While there is none, whoever asks is refused at once. `examine` looks at
 * each connection before anybody is given it: where it throws, there is none.
 */
export async function openRedisLink(
  address: RedisAddress,
  examine: (client: Pick<RedisClient, 'send'>) => Promise<void> = async () => {},
): Promise<RedisLink> {
  let client: RedisClient | null = null
  let whyNot: unknown
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let isClosed = false
  let connecting = connect()

  async function connect(): Promise<void> {
    const fresh: RedisClient = await connectRedis(address, (error) => lose(fresh, error))
    await within(examine(fresh), ANSWER_MILLISECONDS).catch((error) => {
      fresh.close()
      throw error
    })
    failures = 0
    if (isClosed) fresh.close()
    else client = fresh
  }

  function lose(lost: RedisClient, why: unknown): void {
    if (client !== lost) return
    client = null
    lost.close()
    connectAgain(why)
  }

  function connectAgain(why: unknown): void {
    whyNot = why
    if (isClosed) return
    const pause = Math.min(SHORTEST_PAUSE_MILLISECONDS * 2 ** failures++, LONGEST_PAUSE_MILLISECONDS)
    // Not all nodes at the same instant.
    timer = setTimeout(
      () => {
        connecting = connect().catch(connectAgain)
      },
      pause * (0.5 + Math.random() / 2),
    ).unref()
  }

  await connecting.catch((error) => {
    throw unavailable(error)
  })
  return {
    async send(args, extraMilliseconds = 0) {
      const asked = client
      if (!asked) throw unavailable(whyNot)
      try {
        return await within(asked.send(args), ANSWER_MILLISECONDS + extraMilliseconds)
      } catch (error) {
        if (isReply(error) && BUGS.test(error.message)) throw error
        // One that is slow once may never answer again, and nothing but a new one tells: it is cut, for all who wait on it.
        if (!isReply(error) || MOVED_ON.test(error.message)) lose(asked, error)
        throw unavailable(error)
      }
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await connecting.catch(() => {})
      client?.close()
      client = null
      whyNot = new Error('it was closed')
    },
  }
}

/** With a cause that says something: where a name has several addresses, each has failed in its own way. */
function unavailable(error: unknown): StoreUnavailable {
  const cause = error instanceof AggregateError ? error.errors[0] : error
  return new StoreUnavailable('Redis does not answer', { cause, store: 'Redis' })
}
