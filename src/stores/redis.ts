import { type RedisAddress, readRedisUrl } from '../lib/redis-url.ts'
import { type Keeping, revocationKeptSeconds, sessionKeptSeconds } from '../sessions/kept.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { RedisClient } from './redis-client.ts'
import { whyNotFit } from './redis-fitness.ts'
import { KEYS } from './redis-keys.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'
import { RedisRefused } from './redis-refused.ts'
import { createRedisSessions } from './redis-sessions.ts'
import { StoreUnavailable } from './store-unavailable.ts'

export interface OpenedRedis {
  sessions: SessionStore
  /** Throws StoreUnavailable when Redis does not answer, or takes no writes. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Opens Redis for sessions. Throws RedisRefused when it cannot be used, or must not be. */
export async function openRedis(url: string, keeping: Keeping): Promise<OpenedRedis> {
  const address = readRedisUrl(url)
  // Without the URL, which holds the password.
  if (!address) throw new RedisRefused('REDIS_URL is not the URL of a Redis.')
  const link = await openFitLink(address)
  let following: Promise<RedisLink> | null = null
  const sessions = createRedisSessions({
    link,
    openFollowingLink() {
      following ??= openRedisLink(address, examine).catch((error) => {
        following = null
        throw error
      })
      return following
    },
    sessionKeptSeconds: sessionKeptSeconds(keeping),
    revocationKeptSeconds: revocationKeptSeconds(keeping),
  })
  return {
    sessions,
    async ping() {
      // A write, refused by a replica and by one that is full or cannot write itself to its disk, that changes nothing.
      await link.send(['SET', KEYS.ping, '', 'XX'])
    },
    async close() {
      const links = [link, await following?.catch(() => null)]
      await Promise.all(links.map((opened) => opened?.close()))
    },
  }
}

async function openFitLink(address: RedisAddress): Promise<RedisLink> {
  try {
    return await openRedisLink(address, examine)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    const cause = error.cause as Error
    if (cause instanceof RedisRefused) throw cause
    throw new RedisRefused(`The Redis of REDIS_URL cannot be used: ${cause.message}.`)
  }
}

/** At each connection: the one that comes after a failover need not be like the one before. */
async function examine({ send }: Pick<RedisClient, 'send'>): Promise<void> {
  const unfit = whyNotFit((await send(['INFO'])) as string)
  if (unfit !== null) throw new RedisRefused(`The Redis of REDIS_URL ${unfit}.`)
  // Who may not ask for it, by the rules of that Redis, could begin sessions and not end them.
  await send(['TIME'])
}
