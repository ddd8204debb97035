import { type RedisAddress, readRedisUrl } from '../lib/redis-url.ts'
import { type Keeping, revocationKeptSeconds, sessionKeptSeconds } from '../sessions/kept.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { whyNotFit } from './redis-fitness.ts'
import { openRedisLink, type RedisLink } from './redis-link.ts'
import { RedisRefused } from './redis-refused.ts'
import { createRedisSessions } from './redis-sessions.ts'
import { StoreUnavailable } from './store-unavailable.ts'

export interface OpenedRedis {
  sessions: SessionStore
  /** Throws StoreUnavailable when Redis does not answer. */
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
      following ??= openRedisLink(address).catch((error) => {
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
      await link.send(['PING'])
    },
    async close() {
      const links = [link, await following?.catch(() => null)]
      await Promise.all(links.map((opened) => opened?.close()))
    },
  }
}

async function openFitLink(address: RedisAddress): Promise<RedisLink> {
  let link: RedisLink | null = null
  try {
    link = await openRedisLink(address)
    const unfit = whyNotFit((await link.send(['INFO'])) as string)
    if (unfit !== null) throw new RedisRefused(`The Redis of REDIS_URL ${unfit}.`)
    // Who may not ask for it, by the rules of that Redis, could begin sessions and not end them.
    await link.send(['TIME'])
    return link
  } catch (error) {
    await link?.close()
    if (!(error instanceof StoreUnavailable)) throw error
    throw new RedisRefused(`The Redis of REDIS_URL cannot be used: ${(error.cause as Error).message}.`)
  }
}
