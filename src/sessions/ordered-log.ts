import { hashSecret } from '../lib/hash-secret.ts'
import type { Revocation } from './session-store.ts'

/** An entry of the revocation log as anybody may see it: it tells which session is meant to whoever has its token only. */
export interface LogEntry {
  /** SHA-256 of the sid, base64url. */
  sid: string
  /** Epoch seconds. */
  revokedAt: number
  /** The first 64 bits of the hash. */
  mark: bigint
}

/** The revocation log by time, so that its end can be read without looking at the rest. */
export class OrderedLog {
  readonly #entries: LogEntry[] = []
  #version = 0

  /** Another one after each `add`. */
  get version(): number {
    return this.#version
  }

  add({ sid, revokedAt }: Revocation): void {
    const hash = hashSecret(sid)
    const mark = Buffer.from(hash, 'base64url').readBigUInt64BE()
    this.#entries.splice(this.#indexOf(revokedAt + 1), 0, { sid: hash, revokedAt, mark })
    this.#version++
  }

  /** All entries from `at` on, the latest last. */
  since(at: number): LogEntry[] {
    return this.#entries.slice(this.#indexOf(at))
  }

  /** The time of the latest entry that is no later than `until`; 0 when there is none. */
  latest(until = Number.POSITIVE_INFINITY): number {
    return this.#entries[this.#indexOf(until + 1) - 1]?.revokedAt ?? 0
  }

  forgetBefore(at: number): void {
    this.#entries.splice(0, this.#indexOf(at))
  }

  /** Where the first entry from `at` on stands. */
  #indexOf(at: number): number {
    let [low, high] = [0, this.#entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle] as LogEntry).revokedAt < at) low = middle + 1
      else high = middle
    }
    return low
  }
}
