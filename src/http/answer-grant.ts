import type { Context } from 'hono'
import type { Grant } from '../sessions/sessions.ts'
import type { Answers } from './answers.ts'
import type { TokenCookie } from './cookies.ts'
import { wantsPage } from './negotiate.ts'

/** Hands over a token: its cookie, and for a browser the way to `location`, for a script the times. */
export function answerGrant(
  c: Context,
  { answers, cookie }: { answers: Answers; cookie: TokenCookie },
  grant: Grant,
  location: string,
): Response {
  const { claims, expiresAt, refreshFrom } = grant
  const answer = wantsPage(c)
    ? answers.redirect(location)
    : // Instants are epoch seconds.
      answers.json({ username: claims.username, expires_at: expiresAt, refresh_from: refreshFrom })
  return cookie.set(answer, grant)
}
