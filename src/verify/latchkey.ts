import type { Context, MiddlewareHandler, Next } from 'hono'
import type { VerifierOptions } from './options.ts'
import type { Presented, User } from './outcome.ts'
import { problem } from './problems.ts'
import { createVerifier, type Verifier } from './verifier.ts'

/** For `new Hono<LatchkeyEnv>()`, where whoever is not signed in does not get past the middleware. */
export interface LatchkeyEnv {
  Variables: { user: User; latchkey: Presented }
}

/** The same with `required: false`: `user` is null also while nobody can know, and `latchkey` tells. */
export interface OptionalLatchkeyEnv {
  Variables: { user: User | null; latchkey: Presented }
}

interface Shared {
  /** The cookies to look for a token in, the first one there counts; none: Bearer only. Default: Latchkey's. */
  cookies?: readonly string[]
}

interface Requiring extends Shared {
  /** Refuse whoever is not signed in, with 401, or with 503 while that cannot be known. Default: true. */
  required?: true
  /** Refuse whoever has another role, with 403. */
  role?: 'admin'
}

interface Leaving extends Shared {
  /** Leave it to the app: see OptionalLatchkeyEnv. */
  required: false
}

type From = VerifierOptions | { verifier: Verifier }

/**
 * Finds out who asks, by the token of `Authorization: Bearer` or else of the cookie, or with `app` by what forward auth says, into
 * `c.var.user`.
 */
export function latchkey(options: From & Requiring): MiddlewareHandler<LatchkeyEnv>
export function latchkey(options: From & Leaving): MiddlewareHandler<OptionalLatchkeyEnv>
export function latchkey(options: From & (Requiring | Leaving)): MiddlewareHandler {
  const required = options.required ?? true
  const role = 'role' in options ? options.role : undefined
  if (role !== undefined && (role !== 'admin' || !required))
    throw new TypeError("role can be 'admin', and not with required: false")
  if ('app' in options && options.app !== undefined && options.cookies)
    throw new TypeError('with app, who asks is taken from Remote-Assertion alone: leave cookies out')
  const verifier = 'verifier' in options ? options.verifier : createVerifier(options)
  const { cookies } = options

  function admit(c: Context, next: Next, presented: Presented): ReturnType<MiddlewareHandler> {
    const user = presented.kind === 'live' ? presented.claims : null
    if (required) {
      if (presented.kind === 'unavailable') return Promise.resolve(problem('unavailable'))
      if (presented.kind === 'refused') return Promise.resolve(problem(presented.reason))
      if (role && user?.role !== role) return Promise.resolve(problem('role'))
    }
    c.set('user', user)
    c.set('latchkey', presented)
    return next()
  }

  // No promise of our own for a token that is known.
  return function latchkey(c, next) {
    const presented = verifier.verifyRequest(c.req.raw.headers, cookies)
    return presented instanceof Promise
      ? presented.then((late) => admit(c, next, late))
      : admit(c, next, presented)
  }
}
