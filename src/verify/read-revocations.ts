/** What `GET /v1/revocations` answers. Instants are epoch seconds. */
export interface RevocationsAnswer {
  /** Of the store: with another id, it is not the one we knew, and no token from before `at` can be judged. */
  epoch: { id: string; at: number }
  /** Where to go on. */
  cursor: string
  /** SHA-256 of each session's id in base64url, and until when a token of it might live. */
  revoked: { sid: string; until: number }[]
}

const SHA_256 = /^[\w-]{43}$/
const MOST_CURSOR = 1000

/** Reads an answer whole; null when any part of it is not as it must be, for half of one might hide a sign-out. */
export function readRevocations(text: string): RevocationsAnswer | null {
  try {
    const { epoch, cursor, revoked } = JSON.parse(text)
    const isGood =
      isText(epoch.id) &&
      Number.isFinite(epoch.at) &&
      isText(cursor) &&
      Array.isArray(revoked) &&
      revoked.every(
        ({ sid, until }) => SHA_256.test(sid) && typeof sid === 'string' && Number.isFinite(until),
      )
    return isGood ? { epoch: { id: epoch.id, at: epoch.at }, cursor, revoked } : null
  } catch {
    // No JSON, or null where an object must be.
    return null
  }
}

const isText = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= MOST_CURSOR
