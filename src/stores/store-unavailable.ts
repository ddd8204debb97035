/** A store does not answer: stopped, locked too long, full, read-only. Whoever asked is refused, never let in. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}
