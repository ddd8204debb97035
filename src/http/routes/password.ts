import { Hono } from 'hono'
import { z } from 'zod'
import { changePasswordPage } from '../../../views/password.ts'
import { explainPassword } from '../../accounts/password-rules.ts'
import type { Deps } from '../../deps.ts'
import { answerGrant, answerPair } from '../answer-grant.ts'
import { type BeginNeeds, beginSession } from '../begin-session.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { requireFreshSignIn } from '../middleware/require-fresh-sign-in.ts'
import { requireSessionForPage } from '../middleware/require-session.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import { field, readBody } from '../read-body.ts'
import { type LiveNeeds, withLive } from '../with-live.ts'
import type { RouteNeeds } from './needs.ts'

const PAGE = '/account/password'
const passwordShape = z.object({ current_password: field.min(1), new_password: field.min(1) })

/** A person's new password. It ends every session, and a new one is begun on the device that asked (ASVS 7.2.4). */
export function passwordRoutes(needs: RouteNeeds & LiveNeeds & BeginNeeds & Pick<Deps, 'accounts'>) {
  const { accounts, config, answers, refuse, frame, loadSession } = needs
  const policy = { minLength: config.passwordMinLength }
  const guards = [loadSession, requireSessionForPage(needs, PAGE), requireFreshSignIn(needs, PAGE)] as const

  return new Hono<AppEnv>()
    .get(
      PAGE,
      ...guards,
      withLive(needs, (_, { claims: { username }, live }) =>
        answers.page(changePasswordPage(frame, { live, username, ...policy })),
      ),
    )
    .post(
      PAGE,
      ...guards,
      withLive(needs, async (c, { claims: { sub, username }, by, live }) => {
        /** A browser gets the form again, with the reason beside the field; anybody else a problem. */
        const refuseField = (problem: Problem, errors: { current?: string; next?: string }) =>
          wantsPage(c)
            ? answers.page(changePasswordPage(frame, { live, username, ...policy, errors }), problem.status)
            : refuse(c, { ...problem, detail: errors.current ?? errors.next ?? problem.detail })

        const body = await readBody(c, passwordShape)
        if (!body.ok) return refuseField(body.problem, { current: 'Enter both passwords.' })
        const user = await accounts.find(sub)
        if (!user) return refuse(c, PROBLEMS.sessionEnded)
        const { current_password, new_password } = body.data
        const outcome = await accounts.changePassword(user, current_password, new_password, fromOf(c, needs))
        switch (outcome.kind) {
          case 'changed': {
            const beginning = { carrier: by, remember: by === 'bearer' || live.remembered }
            const grant = await beginSession(c, outcome.user, beginning, needs)
            if (!grant) return refuse(c, PROBLEMS.notSignedIn)
            return by === 'bearer'
              ? answerPair(needs, grant)
              : answerGrant(c, needs, grant, '/account?notice=password-changed')
          }
          case 'wrong-password':
            return refuseField(PROBLEMS.wrongPassword, { current: PROBLEMS.wrongPassword.detail })
          case 'bad-password':
            return refuseField(PROBLEMS.weakPassword, { next: explainPassword(outcome.problem, policy) })
          case 'gone':
            return refuse(c, PROBLEMS.sessionEnded)
          default:
            return outcome satisfies never
        }
      }),
    )
}
