import type { Context, Hono, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Claims } from '../tokens/claims.ts'
import { liveSession } from './middleware/require-session.ts'

/** What an example is given in the place of what it would bring with it as a program of its own. */
export interface ExampleNeeds {
  /** Puts who is signed in into `c.var.user`; sends others to the sign-in page, and from there back to this path. */
  userOr(path: string): MiddlewareHandler
  /** The origin of this server, which is the example's too. */
  publicUrl: string
  banner: string | undefined
}

/** An app that is shown on this server's own port, behind what every request passes here. */
export type Example = (needs: ExampleNeeds) => Hono<{ Variables: { user: Pick<Claims, 'sub' | 'username'> } }>

/** Puts whom a guard has let pass into `c.var.user`, where `latchkey()` puts it in an app elsewhere. */
export const userOfSession = createMiddleware(async function userOfSession(c: Context, next) {
  c.set('user', liveSession(c).claims)
  await next()
})
