import type { MiddlewareHandler } from 'hono'
import { wantsPage } from './wants-page.ts'

export interface Addresses {
  /** PUBLIC_URL of Latchkey. */
  latchkeyUrl: string
  /** The origin of this app; RETURN_TO of Latchkey must name it. */
  publicUrl: string
}

/** The same middleware, but that a browser without a session goes to Latchkey's sign-in page, and from there back to the list. */
export function signInFirst(
  user: MiddlewareHandler,
  { latchkeyUrl, publicUrl }: Addresses,
): MiddlewareHandler {
  const signIn = `${latchkeyUrl}/signin?next=${encodeURIComponent(`${publicUrl}/todo`)}`
  return async function signInFirst(c, next) {
    const refusal = await user(c, next)
    return refusal?.status === 401 && wantsPage(c) ? c.redirect(signIn, 303) : refusal
  }
}
