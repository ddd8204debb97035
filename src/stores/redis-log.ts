import { newSecret } from '../lib/ids.ts'
import type { EndReason } from '../sessions/session.ts'
import { EPOCH_LEAD_SECONDS, type Epoch, type LogNews, type Revocation } from '../sessions/session-store.ts'
import { KEYS } from './redis-keys.ts'
import type { RedisLink } from './redis-link.ts'
import { LOOK, RENEW_EPOCH, run } from './redis-scripts.ts'

const WAIT_MILLISECONDS = 1000
const PAGE = 1000
const START = '0-0'

type StreamEntry = [id: string, fields: string[]]

/** The epoch of a Redis; where there is none, one that is about to begin. */
export async function readEpoch(link: RedisLink, now: number): Promise<Epoch> {
  const kept = await link.send(['GET', KEYS.epoch])
  if (typeof kept === 'string') return toEpoch(kept)
  const made = newEpoch(now)
  // Of two at once, one is told what the other has made.
  const before = await link.send(['SET', KEYS.epoch, made, 'NX', 'GET'])
  return toEpoch(typeof before === 'string' ? before : made)
}

/** Another epoch in the place of the one with this id. */
export const renewEpoch = async (link: RedisLink, id: string, now: number): Promise<Epoch> =>
  toEpoch((await run(link, RENEW_EPOCH, id, newEpoch(now))) as string)

/** The revocation log from `since` on. */
export async function readLog(link: RedisLink, since: number): Promise<Revocation[]> {
  const found: Revocation[] = []
  let from = '-'
  for (;;) {
    const page = (await link.send([
      ...['XRANGE', KEYS.revocations, from, '+', 'COUNT', `${PAGE}`],
    ])) as StreamEntry[]
    // By the clock of whoever ended it, which is not that of the ids: each is looked at.
    for (const entry of page) {
      const revocation = toRevocation(entry)
      if (revocation.revokedAt >= since) found.push(revocation)
    }
    if (page.length < PAGE) return found
    from = `(${page.at(-1)?.[0]}`
  }
}

/** What came into the log after a place in it (null: all), as soon as there is something, after a second at the latest. */
export async function awaitLog(
  link: RedisLink,
  after: string | null,
  now: number,
  keptSeconds: number,
): Promise<LogNews> {
  const [epochId = '', place = START] = after?.split(' ') ?? []
  const epoch = toEpoch((await run(link, LOOK, epochId, place, newEpoch(now), keptSeconds)) as string)
  // Another log: what was read tells nothing about it.
  if (epoch.id !== epochId && place !== START)
    return { epoch, revocations: [], place: `${epoch.id} ${START}`, isLast: false }
  const read = (await link.send(
    ['XREAD', 'COUNT', `${PAGE}`, 'BLOCK', `${WAIT_MILLISECONDS}`, 'STREAMS', KEYS.revocations, place],
    WAIT_MILLISECONDS,
  )) as [key: string, entries: StreamEntry[]][] | null
  const entries = read?.[0]?.[1] ?? []
  return {
    epoch,
    revocations: entries.map(toRevocation),
    place: `${epoch.id} ${entries.at(-1)?.[0] ?? place}`,
    isLast: entries.length < PAGE,
  }
}

const newEpoch = (now: number): string => `${newSecret()} ${now + EPOCH_LEAD_SECONDS}`

function toEpoch(text: string): Epoch {
  const [id = '', at] = text.split(' ')
  return { id, at: Number(at) }
}

const toRevocation = ([, [, sid = '', , reason, , at]]: StreamEntry): Revocation => ({
  sid,
  reason: reason as EndReason,
  revokedAt: Number(at),
})
