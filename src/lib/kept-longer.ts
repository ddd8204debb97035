/** Seconds. A revocation is kept for so much longer than any token lives, so that a clock set back brings none back to life. */
export const KEPT_LONGER_SECONDS = 3600
