import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { setupPage } from '../../../views/setup.ts'
import { explainPassword } from '../../accounts/password-rules.ts'
import type { Deps } from '../../deps.ts'
import { answerGrant } from '../answer-grant.ts'
import { type BeginNeeds, beginSession } from '../begin-session.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import { field, readBody } from '../read-body.ts'
import type { RouteNeeds } from './needs.ts'

const setupShape = z.object({
  code: field,
  username: field,
  password: field,
})

type Needs = RouteNeeds & BeginNeeds & Pick<Deps, 'setup'>
type FieldErrors = NonNullable<Parameters<typeof setupPage>[1]['errors']>

/** The first account. Once there is one, this address is gone. */
export function setupRoutes(needs: Needs) {
  const { setup, config, answers, refuse, frame, loadSession } = needs
  const policy = { minLength: config.passwordMinLength }

  /** A browser gets the form again, with the reason beside the field; anybody else a problem. */
  function refuseField(
    c: Context<AppEnv>,
    problem: Problem,
    errors: FieldErrors,
    { code, username }: { code: string; username: string },
  ) {
    const detail = errors.username ?? errors.password ?? problem.detail
    return wantsPage(c)
      ? answers.page(
          setupPage(frame, { code, username, minLength: policy.minLength, errors }),
          problem.status,
        )
      : refuse(c, { ...problem, detail })
  }

  return new Hono<AppEnv>()
    .get('/setup', async (c) => {
      const code = c.req.query('code') ?? ''
      const state = await setup.check(code)
      switch (state) {
        case 'open':
          return answers.page(setupPage(frame, { code, minLength: policy.minLength }))
        case 'bad-code':
          return refuse(c, PROBLEMS.badSetupCode)
        case 'over':
          return refuse(c, PROBLEMS.notFound)
        default:
          return state satisfies never
      }
    })
    .post('/setup', loadSession, async (c) => {
      const body = await readBody(c, setupShape)
      if (!body.ok) return refuse(c, body.problem)
      const { code, username, password } = body.data
      const outcome = await setup.complete(code, { username, password }, fromOf(c, needs))
      switch (outcome.kind) {
        case 'added': {
          const beginning = { carrier: 'cookie', remember: false } as const
          const grant = await beginSession(c, outcome.user, beginning, needs)
          if (!grant) return refuse(c, PROBLEMS.notSignedIn)
          return answerGrant(c, needs, grant, '/welcome')
        }
        case 'bad-username':
          return refuseField(c, PROBLEMS.badUsername, { username: PROBLEMS.badUsername.detail }, body.data)
        case 'bad-password':
          return refuseField(
            c,
            PROBLEMS.weakPassword,
            { password: explainPassword(outcome.problem, policy) },
            body.data,
          )
        case 'bad-code':
          return refuse(c, PROBLEMS.badSetupCode)
        case 'taken':
        case 'over':
          return refuse(c, PROBLEMS.notFound)
        default:
          return outcome satisfies never
      }
    })
}
