import type { From } from '../audit/event.ts'
import type { Clock } from '../lib/clock.ts'
import type { Endings } from './end-sessions.ts'
import type { Revocations } from './revocations.ts'
import { type EndReason, isLive, isRemembered, type Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

// A script that signs in each minute and never out has thousands.
const MOST_LIVE_LISTED = 100
const MOST_OVER_LISTED = 20

/** A session as its owner sees it. */
export interface LiveDevice
  extends Pick<Session, 'sid' | 'device' | 'address' | 'carrier' | 'startedAt' | 'lastSeenAt' | 'endsAt'> {
  current: boolean
  remembered: boolean
}

/** A session that is over, and why. */
export interface EndedDevice extends Pick<Session, 'sid' | 'device' | 'address' | 'startedAt'> {
  endedAt: number
  reason: EndReason | 'expired'
}

export interface DeviceList {
  /** The current one first, then the newest. */
  live: LiveDevice[]
  /** Whether there are more than are listed. */
  isCut: boolean
  /** Those that were over lately, the last one first. */
  ended: EndedDevice[]
}

/** Where a person is signed in: to see, and to end. Nobody sees or ends another's. */
export interface Devices {
  /** Of the session that asks. */
  list(userId: string, currentSid: string): Promise<DeviceList>
  /** False when the session is not this user's, or over. */
  end(userId: string, sid: string, reason: 'signed-out' | 'ended-elsewhere', from: From): Promise<boolean>
  /** Ends all but `sid`. How many there were. */
  endOthers(userId: string, sid: string, from: From): Promise<number>
}

export interface DevicesNeeds {
  store: Pick<SessionStore, 'find' | 'listLive' | 'listOver'>
  endings: Pick<Endings, 'one' | 'allOf'>
  revocations: Pick<Revocations, 'isBeforeEpoch'>
  clock: Clock
}

export function createDevices({ store, endings, revocations, clock }: DevicesNeeds): Devices {
  return {
    async list(userId, currentSid) {
      const now = clock.now()
      const [newest, over, current] = await Promise.all([
        // One more than is listed, and the one that asks, which may be among them.
        store.listLive(now, userId, MOST_LIVE_LISTED + 2),
        store.listOver(userId, now, MOST_OVER_LISTED),
        store.find(currentSid),
      ])
      const own = current?.userId === userId && isLive(current, now) ? [current] : []
      const others = newest.filter(
        ({ sid, startedAt }) => sid !== currentSid && !revocations.isBeforeEpoch(startedAt),
      )
      return {
        live: [...own, ...others.slice(0, MOST_LIVE_LISTED)].map((session) => ({
          ...about(session),
          current: session.sid === currentSid,
          remembered: isRemembered(session),
        })),
        isCut: others.length > MOST_LIVE_LISTED,
        ended: over.map((session) => ({
          ...about(session),
          endedAt: session.endedAt ?? session.expiresAt,
          reason: session.endReason ?? 'expired',
        })),
      }
    },

    async end(userId, sid, reason, from) {
      const session = await store.find(sid)
      if (session?.userId !== userId || !isLive(session, clock.now())) return false
      return endings.one(sid, reason, from)
    },

    endOthers: (userId, sid, from) => endings.allOf(userId, 'ended-elsewhere', from, sid),
  }
}

/** Field by field, so that what a store keeps of the refresh token is never among them. */
const about = ({ sid, device, address, carrier, startedAt, lastSeenAt, endsAt }: Session) => ({
  sid,
  device,
  address,
  carrier,
  startedAt,
  lastSeenAt,
  endsAt,
})
