import { Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import { answerPair } from '../answer-grant.ts'
import { type BeginNeeds, beginSession } from '../begin-session.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { whyOver } from '../middleware/require-session.ts'
import { PROBLEMS } from '../problems.ts'
import { field, readBody } from '../read-body.ts'
import type { RouteNeeds } from './needs.ts'

const loginShape = z.object({ username: field.min(1), password: field.min(1) })
const refreshShape = z.object({ refresh_token: field.min(1) })

/** For API clients, a pair of tokens in the body: `/login` for a password, `/token/refresh` to go on. No cookie is read or set. */
export function tokenRoutes(needs: RouteNeeds & BeginNeeds & Pick<Deps, 'accounts' | 'rotate'>) {
  const { accounts, rotate, refuse } = needs
  return new Hono<AppEnv>()
    .post('/login', async (c) => {
      const body = await readBody(c, loginShape)
      if (!body.ok) return refuse(c, body.problem)
      const { username, password } = body.data
      const user = await accounts.checkSignIn(username, password, fromOf(c, needs))
      const grant = user && (await beginSession(c, user, { carrier: 'bearer', remember: true }, needs))
      return grant ? answerPair(needs, grant) : refuse(c, PROBLEMS.wrongCredentials)
    })
    .post('/token/refresh', async (c) => {
      const body = await readBody(c, refreshShape)
      if (!body.ok) return refuse(c, body.problem)
      const outcome = await rotate(body.data.refresh_token, 'bearer', fromOf(c, needs))
      switch (outcome.kind) {
        case 'rotated':
          return answerPair(needs, outcome.grant)
        case 'invalid':
          return refuse(c, PROBLEMS.invalidRefreshToken)
        case 'over':
          return refuse(c, ...whyOver(outcome.reason))
        default:
          return outcome satisfies never
      }
    })
}
