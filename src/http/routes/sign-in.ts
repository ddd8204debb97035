import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Notice, notices, signInPage } from '../../../views/sign-in.ts'
import type { Deps } from '../../deps.ts'
import { returnTo } from '../../lib/return-to.ts'
import { answerGrant } from '../answer-grant.ts'
import { type BeginNeeds, beginSession } from '../begin-session.ts'
import type { AppEnv } from '../env.ts'
import { fromOf } from '../from.ts'
import { wantsPage } from '../negotiate.ts'
import { PROBLEMS, type Problem } from '../problems.ts'
import { field, readBody } from '../read-body.ts'
import { createSendBack } from '../send-back.ts'
import type { RouteNeeds } from './needs.ts'

const signInShape = z.object({
  username: field.min(1),
  password: field.min(1),
  next: z.string().optional(),
  // `on` is what a ticked box sends.
  remember: z.union([z.boolean(), z.enum(['on', 'true', 'false'])]).optional(),
})

type Needs = RouteNeeds & BeginNeeds & Pick<Deps, 'accounts'>

export function signInRoutes(needs: Needs) {
  const { accounts, config, answers, refuse, frame, loadSession } = needs
  const sendBack = createSendBack(needs)
  const returnPath = (next: unknown) =>
    typeof next === 'string' ? returnTo(next, config.publicUrl, config.returnTo) : null

  /** A browser gets the form again, with what it typed but the password; anybody else a problem. */
  function refuseSignIn(c: Context<AppEnv>, problem: Problem, error: string, raw: Record<string, unknown>) {
    if (!wantsPage(c)) return refuse(c, problem)
    const next = returnPath(raw.next)
    const username = typeof raw.username === 'string' ? raw.username : undefined
    return answers.page(
      signInPage(frame, {
        error,
        remember: isTicked(raw.remember),
        ...(next && { next }),
        ...(username && { username }),
      }),
      problem.status,
    )
  }

  return new Hono<AppEnv>()
    .get('/signin', loadSession, async (c) => {
      const next = returnPath(c.req.query('next'))
      if (c.var.session.kind === 'live') return next ? sendBack(c, next) : answers.redirect('/welcome')
      const notice = c.req.query('notice')
      return answers.page(
        signInPage(frame, {
          noAccounts: !(await accounts.any()),
          ...(next && { next }),
          ...(isNotice(notice) && { notice }),
        }),
      )
    })
    .post('/signin', loadSession, async (c) => {
      const body = await readBody(c, signInShape)
      if (!body.ok) return refuseSignIn(c, body.problem, 'Enter your username and your password.', body.raw)
      const { username, password, next } = body.data
      const user = await accounts.checkSignIn(username, password, fromOf(c, needs))
      const beginning = { carrier: 'cookie', remember: isTicked(body.data.remember) } as const
      const grant = user && (await beginSession(c, user, beginning, needs))
      if (!grant)
        return refuseSignIn(c, PROBLEMS.wrongCredentials, PROBLEMS.wrongCredentials.detail, body.raw)
      return answerGrant(c, needs, grant, returnPath(next) ?? '/welcome')
    })
}

const isTicked = (remember: unknown): boolean => remember === true || remember === 'on' || remember === 'true'

const isNotice = (text: string | undefined): text is Notice =>
  text !== undefined && Object.hasOwn(notices, text)
