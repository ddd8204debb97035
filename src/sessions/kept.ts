import { KEPT_LONGER_SECONDS } from '../lib/kept-longer.ts'

/** What decides how long things that are over are kept, in seconds. */
export interface Keeping {
  auditKeepSeconds: number
  longestTokenLifeSeconds: number
}

/** For how long a revocation is kept in the log: a token of its session may live for that long, by a clock set back. */
export const revocationKeptSeconds = ({ longestTokenLifeSeconds }: Keeping): number =>
  longestTokenLifeSeconds + KEPT_LONGER_SECONDS

/** For how long a session that is over is kept: for people to see, and never less than its revocation. */
export const sessionKeptSeconds = (keeping: Keeping): number =>
  Math.max(keeping.auditKeepSeconds, revocationKeptSeconds(keeping))
