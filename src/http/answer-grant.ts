import type { Context } from 'hono'
import type { Grant } from '../sessions/grant.ts'
import type { Answers } from './answers.ts'
import type { SessionCookies } from './cookies.ts'
import type { AppEnv } from './env.ts'
import { wantsPage } from './negotiate.ts'

/** Hands over a session in cookies, and besides for a browser the way to `location`, for a script the times. */
export function answerGrant(
  c: Context<AppEnv>,
  { answers, cookies }: { answers: Answers; cookies: SessionCookies },
  grant: Grant,
  location: string,
): Response {
  const { claims, expiresAt, refreshFrom } = grant
  const answer = wantsPage(c)
    ? answers.redirect(location)
    : // Instants are epoch seconds.
      answers.json({ username: claims.username, expires_at: expiresAt, refresh_from: refreshFrom })
  return cookies.give(c, answer, grant)
}

/** Hands over the pair of tokens of an API client, in the body (RFC 6749 5.1). Lengths are seconds. */
export function answerPair({ answers }: { answers: Answers }, { token, claims, refresh }: Grant): Response {
  return answers.json({
    access_token: token,
    token_type: 'Bearer',
    expires_in: claims.exp - claims.iat,
    ...(refresh && { refresh_token: refresh.token, refresh_expires_in: refresh.expiresAt - claims.iat }),
  })
}
