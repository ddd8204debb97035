/** A store does not answer: stopped, locked too long, full, read-only. Whoever asked is refused, never let in. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
  /** Which one, as the operator is told. */
  readonly store: string

  constructor(
    message: string,
    { store = 'The database', ...options }: ErrorOptions & { store?: string } = {},
  ) {
    super(message, options)
    this.store = store
  }
}

/** Two changes were in each other's way, and the engine undid this one: it can be made again. */
export class StoreConflict extends StoreUnavailable {
  override name = 'StoreConflict'
}
