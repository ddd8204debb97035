/** Where the time comes from. Instants are whole epoch seconds (RFC 7519 NumericDate). */
export interface Clock {
  now(): number
}

export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }

/** Whole seconds since the process began: nobody can set it, and it may stand still while the machine sleeps. */
export const steadyClock: Clock = { now: () => Math.floor(performance.now() / 1000) }

/** A clock that stands still until it is moved: for tests, and for the server that e2e tests drive. */
export function manualClock(start: number): Clock & { advance(seconds: number): void } {
  let now = start
  return {
    now: () => now,
    advance(seconds) {
      now += seconds
    },
  }
}
