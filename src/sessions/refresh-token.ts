import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { deriveKey } from '../lib/derive-key.ts'

const SECRET_BYTES = 32
// sid, secret and tag: a UUID and twice 32 bytes in base64url.
const FORM = /^([0-9a-f-]{36})\.[\w-]{43}\.([\w-]{43})$/

export interface RefreshTokens {
  /** The first token of a session: random. */
  first(sid: string): string
  /** The token after `presented`: derived, so the same one can be given twice without being stored. */
  successor(presented: string, sid: string, salt: string, rotation: number): string
  /** The session that a token of ours names; null for one that we never made, before any store is asked. */
  sidOf(token: string): string | null
}

/** Refresh tokens: `sid.secret.tag`, where the tag proves that we made it. Each use of the secret has a label of its own. */
export function createRefreshTokens(secret: Uint8Array): RefreshTokens {
  const tagKey = deriveKey(secret, 'latchkey refresh tag')
  const successorKey = deriveKey(secret, 'latchkey refresh successor')

  const tagOf = (sidAndSecret: string) => hmac(tagKey, sidAndSecret)
  const tagged = (sidAndSecret: string) => `${sidAndSecret}.${tagOf(sidAndSecret)}`

  return {
    first: (sid) => tagged(`${sid}.${randomBytes(SECRET_BYTES).toString('base64url')}`),

    successor: (presented, sid, salt, rotation) =>
      tagged(`${sid}.${hmac(successorKey, `${salt}.${rotation}.${presented}`)}`),

    sidOf(token) {
      const [, sid, tag] = FORM.exec(token) ?? []
      if (!sid || !tag) return null
      // The text, not the bytes it stands for: another spelling of the last letter is another token.
      const expected = Buffer.from(tagOf(token.slice(0, -tag.length - 1)))
      return timingSafeEqual(Buffer.from(tag), expected) ? sid : null
    },
  }
}

const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('base64url')
