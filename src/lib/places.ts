export interface PlacesLimits {
  inAll: number
  perHolder: number
}

/** A bounded number of places, of which nobody holds more than some. */
export class Places {
  readonly #limits: PlacesLimits
  readonly #held = new Map<string, number>()
  #taken = 0

  constructor(limits: PlacesLimits) {
    this.#limits = limits
  }

  /** How many are taken now. */
  get taken(): number {
    return this.#taken
  }

  /** Whether there was a place to take. */
  take(holder: string): boolean {
    const held = this.#held.get(holder) ?? 0
    if (this.#taken >= this.#limits.inAll || held >= this.#limits.perHolder) return false
    this.#taken++
    this.#held.set(holder, held + 1)
    return true
  }

  /** Gives back one that was taken. */
  leave(holder: string): void {
    const held = this.#held.get(holder) ?? 0
    if (held === 0) return
    this.#taken--
    if (held > 1) this.#held.set(holder, held - 1)
    else this.#held.delete(holder)
  }
}
