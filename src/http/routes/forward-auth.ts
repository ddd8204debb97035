import { type Context, Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import { askedRole } from '../../forward-auth/asked-role.ts'
import { decide, isPageLoad } from '../../forward-auth/decide.ts'
import { withoutBearer, withoutCookies } from '../../forward-auth/for-the-app.ts'
import { readForwarded } from '../../forward-auth/forwarded.ts'
import { createIdentities } from '../../forward-auth/identity.ts'
import { readNginx } from '../../forward-auth/nginx.ts'
import type { OriginalRequest, ReadHeader } from '../../forward-auth/original-request.ts'
import { signInAddress } from '../../forward-auth/sign-in-address.ts'
import { isNamed } from '../../lib/return-to.ts'
import type { Claims } from '../../tokens/claims.ts'
import { createFromTrustedProxy, peerAddress } from '../client-address.ts'
import type { AppEnv } from '../env.ts'
import { createPresent } from '../middleware/load-session.ts'
import { noticeFor, whyNotSignedIn } from '../middleware/require-session.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import type { Extra } from '../refuse.ts'
import { requestIdOf } from '../request-id.ts'
import type { RouteNeeds } from './needs.ts'

type Needs = RouteNeeds & Pick<Deps, 'config' | 'log' | 'clock' | 'accounts' | 'sessions' | 'assertionFor'>

const NOTHING_MORE = {}

/**
 * Whether a proxy may pass a request on to an app (DESIGN.md section 9). By cookie or Bearer; nothing is rotated and no cookie is
 * set, for proxies drop or mangle them.
 */
export function forwardAuthRoutes(needs: Needs) {
  const { config, log, assertionFor, answers, refuse, cookies } = needs
  const present = createPresent(needs)
  const identityOf = createIdentities(needs)
  const isFromTrustedProxy = createFromTrustedProxy(config.trustedProxies)
  const origins = [config.publicUrl, ...config.returnTo]

  // As text where a person may see it: it is shown at the app's origin, which has none of our styles.
  const deny = (c: Context<AppEnv>, problem: Problem, extra: Extra = {}) =>
    refuse(c, problem, { ...extra, asText: true })

  /** For the operator, who sees it in the log: most proxies tell nobody why. */
  function refuseProxy(c: Context<AppEnv>, problem: Problem, about: object = {}): Response {
    log.warn({ requestId: requestIdOf(c), code: problem.code, ...about }, 'forward_auth.refused')
    return deny(c, problem)
  }

  async function whoIs(claims: Claims) {
    const identity = await identityOf(claims)
    return identity && { role: claims.role, claims, identity }
  }

  function check(
    read: (header: ReadHeader) => OriginalRequest | null,
    toSignIn: (c: Context<AppEnv>, location: string) => Response,
    forTheApp: (c: Context<AppEnv>) => Record<string, string> = () => NOTHING_MORE,
  ) {
    return async (c: Context<AppEnv>): Promise<Response> => {
      // Whoever writes these headers chooses for which app an identity is signed.
      if (!isFromTrustedProxy(c)) return refuseProxy(c, PROBLEMS.untrustedProxy, { peer: peerAddress(c) })
      const asked = askedRole(c.req.url)
      if (asked === undefined) return refuseProxy(c, PROBLEMS.badForward, { bad: 'query' })
      const original = read((name) => c.req.header(name))
      if (!original) return refuseProxy(c, PROBLEMS.badForward, { bad: 'headers' })
      const { method, origin } = original
      if (!isNamed(origin, origins)) return refuseProxy(c, PROBLEMS.unknownApp, { origin })

      const session = await present(c)
      const verdict = decide({
        who: session.kind === 'live' ? await whoIs(session.claims) : null,
        asked,
        isPageLoad: () => isPageLoad(method, c.req.header('sec-fetch-mode'), c.req.header('accept')),
      })
      if (verdict.kind === 'allow') {
        const { claims, identity } = verdict.who
        const assertion = await assertionFor(claims, origin)
        // A text, however empty, has a length; no body at all would be sent in chunks.
        return answers.text('', 200, { ...identity, 'remote-assertion': assertion, ...forTheApp(c) })
      }
      // What a refusal asks for depends on what was shown.
      c.set('session', session)
      switch (verdict.kind) {
        case 'sign-in':
          return toSignIn(c, signInAddress(original, config, noticeFor(session)))
        case 'refuse':
          return deny(c, ...whyNotSignedIn(session))
        case 'forbid':
          return deny(c, PROBLEMS.wrongRole)
        default:
          return verdict satisfies never
      }
    }
  }

  const redirect = (_: Context<AppEnv>, location: string) => answers.redirect(location, 302)
  // It knows 200, 401 and 403 only, and makes a 500 of everything else; its configuration makes a redirect of this.
  const tellNginx = (c: Context<AppEnv>, location: string) =>
    deny(c, PROBLEMS.notSignedIn, { headers: { location } })

  const cookiesOfApp = withoutCookies(cookies.names)
  /** Traefik takes nothing out of a header itself. It deletes the client's, and sets the one that we send, if any. */
  function clientHeaders(c: Context<AppEnv>): Record<string, string> {
    const cookie = cookiesOfApp(c.req.header('cookie'))
    const authorization = withoutBearer(c.req.header('authorization'))
    return { ...(cookie && { cookie }), ...(authorization && { authorization }) }
  }

  return new Hono<AppEnv>()
    .get('/forward-auth/nginx', check(readNginx, tellNginx))
    .get('/forward-auth/caddy', check(readForwarded, redirect))
    .get('/forward-auth/traefik', check(readForwarded, redirect, clientHeaders))
}
