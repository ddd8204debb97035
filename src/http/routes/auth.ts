import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import { readAuthorization } from '../../lib/authorization.ts'
import { readBasicCredentials } from '../../lib/basic-credentials.ts'
import { type BeginNeeds, beginSession } from '../begin-session.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { loadBearer } from '../middleware/load-bearer.ts'
import { refuseQuery } from '../middleware/refuse-query.ts'
import { liveSession, requireSession, whyNotSignedIn } from '../middleware/require-session.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import { field, readBody } from '../read-body.ts'
import type { RouteNeeds } from './needs.ts'

const authShape = z.object({ username: field.min(1), password: field.min(1) })

type Credentials = { ok: true; data: z.output<typeof authShape> } | { ok: false; problem: Problem }

/** A bare token for a password, and a new one for one that still lives. No cookie is read or set. */
export function authRoutes(needs: RouteNeeds & BeginNeeds & Pick<Deps, 'accounts'>) {
  const { accounts, sessions, answers, refuse } = needs
  return new Hono<AppEnv>()
    .post('/v1/auth', refuseQuery(needs), async (c) => {
      const read = await readCredentials(c)
      if (!read.ok) return refuse(c, read.problem)
      const { username, password } = read.data
      const user = await accounts.checkSignIn(username, password, fromOf(c, needs))
      const grant = user && (await beginSession(c, user, { carrier: 'bearer', remember: false }, needs))
      return grant ? answers.jwt(grant.token) : refuse(c, PROBLEMS.wrongCredentials)
    })
    .put('/v1/auth', refuseQuery(needs), loadBearer(needs), requireSession(needs), async (c) => {
      const { claims } = liveSession(c)
      const outcome = await sessions.renew(claims, 'bearer', fromOf(c, needs))
      switch (outcome.kind) {
        case 'renewed':
          return answers.jwt(outcome.grant.token)
        case 'other-carrier':
          return refuse(c, PROBLEMS.renewedByCookie)
        case 'by-refresh-token':
          return refuse(c, PROBLEMS.renewedByRefreshToken)
        case 'over': {
          const { reason } = outcome
          return refuse(c, ...whyNotSignedIn({ kind: 'revoked', by: 'bearer', claims, reason }))
        }
        default:
          return outcome satisfies never
      }
    })
}

/** From `Authorization: Basic` (RFC 7617), and then the body is not read; else from the body, as at `/login`. */
async function readCredentials(c: Context<AppEnv>): Promise<Credentials> {
  const basic = readAuthorization(c.req.header('authorization'), ['Basic'])
  if (!basic) return readBody(c, authShape)
  const { success, data } = authShape.safeParse(readBasicCredentials(basic.credentials))
  return success ? { ok: true, data } : { ok: false, problem: PROBLEMS.wrongCredentials }
}
