import type { Context, Hono, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { createMiddleware } from 'hono/factory'
import type { Deps } from '../deps.ts'
import type { Claims } from '../tokens/claims.ts'
import { liveSession, requireSessionForPage } from './middleware/require-session.ts'
import type { RouteNeeds } from './routes/needs.ts'

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

/** An example behind the guards that our own pages have. */
export function mountExample(example: Example, needs: RouteNeeds & Pick<Deps, 'config'>) {
  const userOr = (path: string) => every(needs.loadSession, requireSessionForPage(needs, path), userOfSession)
  return example({ userOr, publicUrl: needs.config.publicUrl, banner: needs.frame.banner })
}

/** Puts whom a guard has let pass into `c.var.user`, where `latchkey()` puts it in an app elsewhere. */
const userOfSession = createMiddleware(async function userOfSession(c: Context, next) {
  c.set('user', liveSession(c).claims)
  await next()
})
