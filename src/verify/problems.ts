const RETRY_SECONDS = '5'

export type Refusal = keyof typeof DETAILS

const DETAILS = {
  missing: [401, 'not_signed_in', 'Not signed in', 'Sign in to go on.'],
  malformed: [401, 'invalid_token', 'Not signed in', 'The token is not valid. Sign in again.'],
  invalid: [401, 'invalid_token', 'Not signed in', 'The token is not valid. Sign in again.'],
  expired: [401, 'expired_token', 'Not signed in', 'The token has expired. Sign in again.'],
  revoked: [401, 'session_ended', 'Not signed in', 'The session has ended. Sign in again.'],
  role: [403, 'wrong_role', 'Not for you', 'This is for administrators.'],
  unavailable: [
    503,
    'sign_in_unavailable',
    'Not available just now',
    'Who is signed in cannot be checked. Try again soon.',
  ],
} as const

/** Why a request is refused, as a problem document (RFC 9457), with the `code` that Latchkey itself has for it. */
export function problem(refusal: Refusal): Response {
  const [status, code, title, detail] = DETAILS[refusal]
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  // RFC 6750 3: a bad token is told so; without one, only that one is asked for.
  if (status === 401)
    headers.set('www-authenticate', refusal === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"')
  if (status === 503) headers.set('retry-after', RETRY_SECONDS)
  return new Response(JSON.stringify({ title, status, detail, code }), { status, headers })
}
