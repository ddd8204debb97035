import type { Clock } from '../lib/clock.ts'

/** The clock of the world, which can be set, and one that cannot but may stand still while the machine sleeps. */
export interface Clocks {
  clock: Clock
  steadyClock: Clock
}

/** A moment by both clocks, in seconds. */
export interface Moment {
  clock: number
  steady: number
}

export const momentOf = ({ clock, steadyClock }: Clocks): Moment => ({
  clock: clock.now(),
  steady: steadyClock.now(),
})

/**
 * How long ago a moment was, in seconds, by the clock that says longer: one set back must not make old news look new, and
 * neither must a machine that slept.
 */
export const ageSeconds = (moment: Moment, { clock, steadyClock }: Clocks): number =>
  Math.max(clock.now() - moment.clock, steadyClock.now() - moment.steady)
