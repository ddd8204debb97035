import { idTime } from '../lib/id-form.ts'

/** What is known of a key by its id alone. Lists of them are in the order of their ids, which is that of their age. */
interface Aged {
  kid: string
}

/** A key, and since when its file is there, in epoch seconds: it may have been copied here long after it was made. */
interface Filed extends Aged {
  thereSince: number
}

/** A key signs once it has been published for the lead, so that whoever follows the published keys has it by then. */
export const signsFrom = ({ kid }: Aged, leadSeconds: number): number => idTime(kid) + leadSeconds

/** The key that signs: the newest whose lead is over, or the oldest while no lead is. Undefined when there is no key. */
export const signingOf = <K extends Aged>(
  keys: readonly K[],
  leadSeconds: number,
  now: number,
): K | undefined => keys.findLast((key) => signsFrom(key, leadSeconds) <= now) ?? keys[0]

export type Retirement =
  /** Nothing that it signed can be alive. */
  | { kind: 'retire' }
  /** There is no other key. */
  | { kind: 'last' }
  /** It signs now. */
  | { kind: 'signing' }
  /** What it signed may live until then, in epoch seconds. */
  | { kind: 'tokens-live'; until: number }

export interface KeyPolicy {
  leadSeconds: number
  longestTokenLifeSeconds: number
}

// For the clocks of several nodes, none of which is quite right.
const MARGIN_SECONDS = 60

/** Whether a key can be taken away without refusing a token that somebody holds. */
export function decideRetirement(
  keys: readonly Filed[],
  key: Aged,
  { leadSeconds, longestTokenLifeSeconds }: KeyPolicy,
  now: number,
): Retirement {
  if (keys.length === 1) return { kind: 'last' }
  if (signingOf(keys, leadSeconds, now)?.kid === key.kid) return { kind: 'signing' }
  // It waits for its turn, so it has signed nothing.
  if (signsFrom(key, leadSeconds) > now) return { kind: 'retire' }
  const newer = keys.filter(({ kid }) => kid > key.kid)
  const tookOver = newer.map((other) => Math.max(signsFrom(other, leadSeconds), other.thereSince))
  const until = Math.min(...tookOver) + longestTokenLifeSeconds + MARGIN_SECONDS
  return until <= now ? { kind: 'retire' } : { kind: 'tokens-live', until }
}
