import { USERNAME_RULE } from '../accounts/user.ts'

/** A failure as an answer: the members of RFC 9457, a stable `code` for programs, and what a person can do about it. */
export interface Problem {
  status: number
  code: string
  title: string
  detail: string
  /** The way back on the error page. Default: the start page. */
  back?: { href: string; label: string }
}

const SIGN_IN = { href: '/signin', label: 'Sign in' }

/** Every failure there is, once. Nothing internal is said, and nothing that tells a wrong user from a wrong password. */
export const PROBLEMS = {
  badBody: {
    status: 400,
    code: 'bad_body',
    title: 'That could not be read',
    detail: 'The body must hold the fields this address asks for, each once and as text.',
  },
  malformedToken: {
    status: 400,
    code: 'malformed_token',
    title: 'That is not a token',
    detail: 'The cookie does not have the form of a token. It was cleared: sign in again.',
    back: SIGN_IN,
  },
  badWait: {
    status: 400,
    code: 'bad_wait',
    title: 'Not so long',
    detail: '`wait` is a number of whole seconds, from 0 to 25.',
  },
  tooEarly: {
    status: 400,
    code: 'too_early',
    title: 'Too early to renew',
    detail: 'A token is renewed in its last seconds only. You are still signed in.',
    back: { href: '/welcome', label: 'Back' },
  },
  bearerRefresh: {
    status: 400,
    code: 'bearer_refresh',
    title: 'Not for Bearer tokens',
    detail:
      'This address renews the cookie. With a Bearer token, use POST /token/refresh and a refresh token.',
  },
  bearerConfirm: {
    status: 400,
    code: 'bearer_confirm',
    title: 'Not for Bearer tokens',
    detail:
      'This address is for browsers. With a Bearer token, use POST /login to get tokens of a fresh sign-in.',
  },
  queryRefused: {
    status: 400,
    code: 'query_refused',
    title: 'Not in the URL',
    detail:
      'Nothing is taken from the URL here, for URLs are kept in logs and histories. Send the name and the password in the body or by Basic. If a password was in the URL, it should be changed.',
  },
  badForward: {
    status: 400,
    code: 'bad_forward',
    title: 'Not understood',
    detail:
      'What was asked for did not come as a proxy says it: each of its headers once and of its form, and no query here but role=user or role=admin.',
  },
  wrongCredentials: {
    status: 401,
    code: 'wrong_credentials',
    title: 'Not signed in',
    detail: 'The username or the password is not right.',
    back: SIGN_IN,
  },
  notSignedIn: {
    status: 401,
    code: 'not_signed_in',
    title: 'Not signed in',
    detail: 'Sign in to go on.',
    back: SIGN_IN,
  },
  invalidToken: {
    status: 401,
    code: 'invalid_token',
    title: 'Not signed in',
    detail: 'The token is not valid. Sign in again.',
    back: SIGN_IN,
  },
  expiredToken: {
    status: 401,
    code: 'expired_token',
    title: 'Not signed in',
    detail: 'The token has expired. Sign in again.',
    back: SIGN_IN,
  },
  invalidRefreshToken: {
    status: 401,
    code: 'invalid_refresh_token',
    title: 'Not signed in',
    detail: 'The refresh token is not valid. Sign in again.',
    back: SIGN_IN,
  },
  metricsToken: {
    status: 401,
    code: 'metrics_token',
    title: 'Not without the token',
    detail: 'The metrics are given to whoever shows METRICS_TOKEN in `Authorization: Bearer`.',
  },
  signInTooOld: {
    status: 401,
    code: 'sign_in_too_old',
    title: 'Enter your password again',
    detail: 'This needs a sign-in no older than 20 minutes. Sign in again and repeat it.',
  },
  sessionEnded: {
    status: 401,
    code: 'session_ended',
    title: 'Not signed in',
    detail: 'The session has ended. Sign in again.',
    back: SIGN_IN,
  },
  crossOrigin: {
    status: 403,
    code: 'cross_origin',
    title: 'Sent from another address',
    detail: 'This was sent from a page of another address, so it was not done.',
  },
  renewedByCookie: {
    status: 403,
    code: 'renewed_by_cookie',
    title: 'Not renewed here',
    detail: 'This session was begun with a cookie, and POST /refresh renews it.',
  },
  renewedByRefreshToken: {
    status: 403,
    code: 'renewed_by_refresh_token',
    title: 'Not renewed here',
    detail: 'This session has a refresh token, and POST /token/refresh renews it.',
  },
  badSetupCode: {
    status: 403,
    code: 'bad_setup_code',
    title: 'This link is not valid',
    detail: "Open the newest link in the server's log. Each start prints a new one.",
    back: SIGN_IN,
  },
  untrustedProxy: {
    status: 403,
    code: 'untrusted_proxy',
    title: 'Not from here',
    detail: 'This is for the proxies that TRUSTED_PROXIES names.',
  },
  unknownApp: {
    status: 403,
    code: 'unknown_app',
    title: 'Not an app of ours',
    detail: 'RETURN_TO does not name the origin of this address, so nobody is let in there.',
  },
  wrongRole: {
    status: 403,
    code: 'wrong_role',
    title: 'Not for you',
    detail: 'You are signed in, and may not open this.',
  },
  notFound: {
    status: 404,
    code: 'not_found',
    title: 'Nothing here',
    detail: 'There is nothing at this address.',
  },
  noSuchSession: {
    status: 404,
    code: 'no_such_session',
    title: 'Not signed in there',
    detail: 'That device is not signed in any more.',
    back: { href: '/sessions', label: 'Your devices' },
  },
  wrongMethod: {
    status: 405,
    code: 'wrong_method',
    title: 'Not this way',
    detail: 'This address does not take that method.',
  },
  notTakenThere: {
    status: 409,
    code: 'not_taken_there',
    title: 'You are signed in, but not there',
    detail:
      'The address that you came from sent you back here again and again: your sign-in does not reach it.',
  },
  tooLarge: {
    status: 413,
    code: 'too_large',
    title: 'Too large',
    detail: 'The body may have at most 16 KB.',
  },
  wrongType: {
    status: 415,
    code: 'wrong_content_type',
    title: 'Wrong content type',
    detail: 'Send application/json or application/x-www-form-urlencoded.',
  },
  wrongPassword: {
    status: 422,
    code: 'wrong_password',
    title: 'The password is not right',
    detail: 'The password is not right.',
  },
  weakPassword: {
    status: 422,
    code: 'weak_password',
    title: 'Choose another password',
    detail: 'The password does not follow the rules.',
  },
  badUsername: {
    status: 422,
    code: 'bad_username',
    title: 'Choose another username',
    detail: USERNAME_RULE,
  },
  internal: {
    status: 500,
    code: 'internal',
    title: 'Something went wrong',
    detail:
      'That should not have happened. Try again; if it happens again, tell the operator the request number.',
  },
  busy: {
    status: 503,
    code: 'busy',
    title: 'Very busy just now',
    detail: 'Too many people are signing in at this moment. Try again in a few seconds.',
    back: SIGN_IN,
  },
  storeDown: {
    status: 503,
    code: 'store_down',
    title: 'Not available just now',
    detail: 'The database does not answer, so nobody can be let in. Try again in a moment.',
  },
  noKey: {
    status: 503,
    code: 'no_key',
    title: 'Not available just now',
    detail: 'Nobody can be signed in at this moment. The operator was told why. Try again later.',
  },
} as const satisfies Record<string, Problem>
