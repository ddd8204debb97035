import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import type { RouteNeeds } from './needs.ts'

export function homeRoutes({ answers, loadSession }: RouteNeeds) {
  return new Hono<AppEnv>().get('/', loadSession, (c) =>
    answers.redirect(c.var.session.kind === 'live' ? '/welcome' : '/signin'),
  )
}
