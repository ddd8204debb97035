import { Hono } from 'hono'
import { z } from 'zod'
import { confirmPage } from '../../../views/confirm.ts'
import type { Deps } from '../../deps.ts'
import { returnTo } from '../../lib/return-to.ts'
import { answerGrant } from '../answer-grant.ts'
import { type BeginNeeds, beginSession } from '../begin-session.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { requireSessionForPage } from '../middleware/require-session.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS } from '../problems.ts'
import { field, readBody } from '../read-body.ts'
import { type LiveNeeds, withLive } from '../with-live.ts'
import type { RouteNeeds } from './needs.ts'

const confirmShape = z.object({ password: field.min(1), next: z.string().optional() })

/** The password once more, for what needs a fresh sign-in: a new session takes the place of this one (ASVS 7.2.4). */
export function confirmRoutes(needs: RouteNeeds & LiveNeeds & BeginNeeds & Pick<Deps, 'accounts'>) {
  const { accounts, config, answers, refuse, frame, loadSession } = needs
  const guard = requireSessionForPage(needs, '/account')
  const pathOf = (next: unknown) =>
    (typeof next === 'string' ? returnTo(next, config.publicUrl) : null) ?? '/account'

  return new Hono<AppEnv>()
    .get(
      '/account/confirm',
      loadSession,
      guard,
      withLive(needs, (c, { claims: { username }, live }) =>
        answers.page(confirmPage(frame, { live, username, next: pathOf(c.req.query('next')) })),
      ),
    )
    .post(
      '/account/confirm',
      loadSession,
      guard,
      withLive(needs, async (c, { claims: { sub, username }, by, live }) => {
        if (by === 'bearer') return refuse(c, PROBLEMS.bearerConfirm)
        const body = await readBody(c, confirmShape)
        const next = pathOf(body.raw.next)
        const again = (error: string, status: number) =>
          answers.page(confirmPage(frame, { live, username, next, error }), status)
        if (!body.ok)
          return wantsPage(c) ? again('Enter your password.', body.problem.status) : refuse(c, body.problem)
        const user = await accounts.checkSignIn(username, body.data.password, fromOf(c, needs))
        // The name may be another's by now.
        const beginning = { carrier: by, remember: live.remembered }
        const grant = user?.id === sub && (await beginSession(c, user, beginning, needs))
        if (grant) return answerGrant(c, needs, grant, next)
        const { wrongPassword } = PROBLEMS
        return wantsPage(c) ? again(wrongPassword.detail, wrongPassword.status) : refuse(c, wrongPassword)
      }),
    )
}
