import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { unpadded } from '../lib/unpadded.ts'

/** Decision D10 and OWASP: argon2id (the library's default kind), 19 MiB, 2 passes, 1 lane. */
const FIGURES = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const CURRENT_PREFIX = `$argon2id$v=19$m=${FIGURES.memoryCost},t=${FIGURES.timeCost},p=${FIGURES.parallelism}$`

// An absent user costs the same as a wrong password (ASVS 6.3.8): this is checked, which is the hash of nothing.
const DUMMY_HASH = CURRENT_PREFIX + [16, 32].map((bytes) => unpadded(randomBytes(bytes))).join('$')

export class QueueFull extends Error {
  override name = 'QueueFull'
}

export interface Passwords {
  /** The PHC string to keep. Throws QueueFull. */
  hash(password: string): Promise<string>
  /** Whether the password is the one hashed; without a hash, false after the same work. Throws QueueFull. */
  matches(passwordHash: string | null, password: string): Promise<boolean>
  /** Whether the hash was made with lower figures than today's, or another algorithm. */
  isOutdated(passwordHash: string): boolean
  readonly waiting: number
  /** How many are hashed or checked now. */
  readonly running: number
}

/**
 * Hashes passwords, at most `concurrency` at once: argon2 and WebCrypto share libuv's thread pool, so a flood of
 * sign-ins must leave a thread for checking tokens. A job that finds `mostWaiting` others waiting is turned away.
 */
export function createPasswords({ concurrency = 2, mostWaiting = 64 } = {}): Passwords {
  const limit = pLimit(concurrency)
  const queued = <T>(job: () => Promise<T>): Promise<T> =>
    limit.pendingCount < mostWaiting
      ? limit(job)
      : Promise.reject(new QueueFull('too many passwords to check'))

  return {
    hash: (password) => queued(() => hash(normal(password), FIGURES)),
    async matches(passwordHash, password) {
      const matched = await queued(() => verify(passwordHash ?? DUMMY_HASH, normal(password)))
      return matched && passwordHash !== null && password.isWellFormed()
    },
    isOutdated(passwordHash) {
      const [, memoryCost, timeCost] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),/.exec(passwordHash) ?? []
      return !(Number(memoryCost) >= FIGURES.memoryCost && Number(timeCost) >= FIGURES.timeCost)
    },
    get waiting() {
      return limit.pendingCount
    },
    get running() {
      return limit.activeCount
    },
  }
}

/** NFC, so that one password typed on two keyboards is one password (NIST SP 800-63B-4 3.1.1.2); nothing else is changed. */
const normal = (password: string) => password.normalize('NFC')

/** Whether two passwords are one to `matches`. */
export const isSamePassword = (a: string, b: string): boolean => normal(a) === normal(b)
