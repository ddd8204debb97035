import type { MiddlewareHandler } from 'hono'
import type { Frame } from '../../../views/layout.ts'
import type { Answers } from '../answers.ts'
import type { SessionCookies } from '../cookies.ts'
import type { AppEnv } from '../env.ts'
import type { Refuse } from '../refuse.ts'

/** What every route file is given; each names the services it needs besides. */
export interface RouteNeeds {
  answers: Answers
  refuse: Refuse
  frame: Frame
  cookies: SessionCookies
  loadSession: MiddlewareHandler<AppEnv>
}
