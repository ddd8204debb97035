import { Hono } from 'hono'
import { except } from 'hono/combine'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { prettyJSON } from 'hono/pretty-json'
import { QueueFull } from './accounts/passwords.ts'
import type { Deps } from './deps.ts'
import { createAnswers } from './http/answers.ts'
import { createCookies } from './http/cookies.ts'
import type { AppEnv } from './http/env.ts'
import { type Example, mountExample } from './http/example.ts'
import { canonicalHost } from './http/middleware/canonical-host.ts'
import { limitBody } from './http/middleware/limit-body.ts'
import { loadSession } from './http/middleware/load-session.ts'
import { measureRequests } from './http/middleware/measure-requests.ts'
import { openToOrigins } from './http/middleware/open-to-origins.ts'
import { refuseUserinfo } from './http/middleware/refuse-userinfo.ts'
import { requestLog } from './http/middleware/request-log.ts'
import { sameOrigin } from './http/middleware/same-origin.ts'
import { unsafeOnly } from './http/middleware/unsafe-only.ts'
import { PROBLEMS } from './http/problems.ts'
import { createRefuse } from './http/refuse.ts'
import { requestIdOf } from './http/request-id.ts'
import { accountRoutes } from './http/routes/account.ts'
import { assetRoutes } from './http/routes/assets.ts'
import { authRoutes } from './http/routes/auth.ts'
import { confirmRoutes } from './http/routes/confirm.ts'
import { deviceRoutes } from './http/routes/devices.ts'
import { forwardAuthRoutes } from './http/routes/forward-auth.ts'
import { healthRoutes } from './http/routes/health.ts'
import { homeRoutes } from './http/routes/home.ts'
import { keyRoutes } from './http/routes/keys.ts'
import { logoutRoutes } from './http/routes/logout.ts'
import { meRoutes } from './http/routes/me.ts'
import { metricsRoutes } from './http/routes/metrics.ts'
import { passwordRoutes } from './http/routes/password.ts'
import { refreshRoutes } from './http/routes/refresh.ts'
import { revocationRoutes } from './http/routes/revocations.ts'
import { sessionRoutes } from './http/routes/session.ts'
import { setupRoutes } from './http/routes/setup.ts'
import { signInRoutes } from './http/routes/sign-in.ts'
import { tokenRoutes } from './http/routes/tokens.ts'
import { welcomeRoutes } from './http/routes/welcome.ts'
import { StoreUnavailable } from './stores/store-unavailable.ts'
import { NoSigningKey } from './tokens/key-ring.ts'

const DEMO_BANNER =
  'This is the demo: everybody knows its passwords, and it forgets everything when it stops.'

/** The whole of HTTP: what every request passes, in this order, and where it ends. */
export function createApp(deps: Deps, example?: Example) {
  const { config, log, metrics } = deps
  const answers = createAnswers(config)
  const frame = config.demo ? { banner: DEMO_BANNER } : {}
  const refuse = createRefuse({ answers, frame })
  const cookies = createCookies(config)
  const needs = { ...deps, answers, refuse, frame, cookies, loadSession: loadSession({ ...deps, cookies }) }

  const app = new Hono<AppEnv>()
  app.use(requestLog(deps))
  if (metrics) app.use(measureRequests(metrics))

  // For machines, which ask under whatever name they know us by: before canonicalHost, which would send them elsewhere.
  // But for the list that a thousand are given at once: indented, each would have a copy of its own.
  app.use('/v1/*', except('/v1/revocations', prettyJSON()))
  // Open to every origin, so before the rule about some.
  app.route('/', keyRoutes(needs))
  app.use('/v1/*', openToOrigins(needs))
  app.route('/', healthRoutes(needs))
  if (metrics && config.metricsToken !== null) app.route('/', metricsRoutes({ ...needs, metrics }))
  // A proxy asks for others, of whatever origin they are.
  app.route('/', forwardAuthRoutes(needs))
  app.use(unsafeOnly(refuseUserinfo(needs), sameOrigin(needs), limitBody(needs)))
  app.route('/', authRoutes(needs))
  app.route('/', meRoutes(needs))
  app.route('/', revocationRoutes(needs))
  app.use('/v1/*', async function nothingMore(c) {
    return c.notFound()
  })

  // For people, and for whoever has a cookie.
  app.use(canonicalHost(needs))
  app.route('/', homeRoutes(needs))
  app.route('/', setupRoutes(needs))
  app.route('/', signInRoutes(needs))
  app.route('/', welcomeRoutes(needs))
  app.route('/', sessionRoutes(needs))
  app.route('/', refreshRoutes(needs))
  app.route('/', logoutRoutes(needs))
  app.route('/', tokenRoutes(needs))
  app.route('/', deviceRoutes(needs))
  app.route('/', accountRoutes(needs))
  app.route('/', passwordRoutes(needs))
  app.route('/', confirmRoutes(needs))
  app.route('/', assetRoutes(needs))
  if (example) app.route('/', mountExample(example, needs))

  const wrongMethod = methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) =>
      refuse(c, PROBLEMS.wrongMethod, { headers: { allow: methods.join(', ') } }),
  })
  // Asked when no route has answered, and not as a middleware that every request would pass.
  app.notFound(async (c) => {
    await wrongMethod(c, async () => {
      c.res = refuse(c, PROBLEMS.notFound)
    })
    return c.res
  })
  app.onError((error, c) => {
    const requestId = requestIdOf(c)
    if (error instanceof QueueFull) return refuse(c, PROBLEMS.busy)
    if (error instanceof StoreUnavailable) {
      log.error({ requestId, err: error }, 'the store does not answer')
      return refuse(c, PROBLEMS.storeDown)
    }
    if (error instanceof NoSigningKey) {
      log.error({ requestId, err: error }, 'there is no key: latchkey keys generate makes one')
      return refuse(c, PROBLEMS.noKey)
    }
    // Whoever asked hung up in the middle of the body: nobody reads this answer, and nothing is wrong with us.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return refuse(c, PROBLEMS.badBody)
    log.error({ requestId, err: error }, 'unexpected error')
    return refuse(c, PROBLEMS.internal)
  })
  return app
}
