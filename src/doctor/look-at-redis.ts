import type { Clock } from '../lib/clock.ts'
import { readRedisUrl } from '../lib/redis-url.ts'
import { isReply } from '../stores/redis-client.ts'
import { KEYS } from '../stores/redis-keys.ts'
import { openRedisLink, type RedisLink } from '../stores/redis-link.ts'
import { StoreUnavailable } from '../stores/store-unavailable.ts'
import { answerTime } from './answer-time.ts'

export type Redis =
  | { kind: 'silent'; why: string }
  | {
      kind: 'there'
      answerMilliseconds: number
      /** What it says of itself, by `INFO`. */
      info: string
      /** When it writes itself to the disk: empty when never, null when it does not tell. */
      save: string | null
      hasEpoch: boolean
      /** How far this machine's clock is ahead of its, in seconds. */
      aheadSeconds: number
    }

/** Looks at the Redis of the sessions, and changes nothing. */
export async function lookAtRedis(url: string, clock: Clock): Promise<Redis> {
  let link: RedisLink | null = null
  try {
    const address = readRedisUrl(url)
    if (!address) return { kind: 'silent', why: 'REDIS_URL is not the URL of a Redis' }
    link = await openRedisLink(address)
    const info = (await link.send(['INFO'])) as string
    const asked = link
    const answerMilliseconds = await answerTime(() => asked.send(['PING']))
    const [seconds] = (await link.send(['TIME'])) as [string, string]
    const aheadSeconds = clock.now() - Number(seconds)
    const hasEpoch = (await link.send(['EXISTS', KEYS.epoch])) === 1
    return { kind: 'there', answerMilliseconds, info, save: await saveOf(link), hasEpoch, aheadSeconds }
  } catch (error) {
    const said = error instanceof StoreUnavailable ? error.cause : error
    return { kind: 'silent', why: (said as Error).message }
  } finally {
    await link?.close()
  }
}

/** Where somebody else runs Redis, CONFIG is often closed. */
async function saveOf(link: RedisLink): Promise<string | null> {
  try {
    const [, save = ''] = (await link.send(['CONFIG', 'GET', 'save'])) as string[]
    return save
  } catch (error) {
    if (isReply(error) || isReply((error as Error).cause)) return null
    throw error
  }
}
