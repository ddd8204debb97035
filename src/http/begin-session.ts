import type { Context } from 'hono'
import type { User } from '../accounts/user.ts'
import type { Deps } from '../deps.ts'
import { describeUserAgent } from '../lib/user-agent.ts'
import type { Grant } from '../sessions/grant.ts'
import type { Beginning } from '../sessions/sessions.ts'
import type { SessionCookies } from './cookies.ts'
import type { AppEnv } from './env.ts'
import { fromOf } from './from.ts'
import type { Presented } from './presented.ts'
import { sidsOfRefreshCookies } from './refresh-cookies.ts'

export type BeginNeeds = Pick<Deps, 'sessions' | 'endings' | 'refreshTokens' | 'config'> & {
  cookies: SessionCookies
}

/**
 * Begins a session on the device that asks, for a user whose password was just checked. A session whose tokens the new ones
 * take the place of is ended, so that none is left behind that nobody can sign out of (ASVS 7.2.4).
 */
export async function beginSession(
  c: Context<AppEnv>,
  user: User,
  beginning: Beginning,
  needs: BeginNeeds,
): Promise<Grant | null> {
  const from = fromOf(c, needs)
  const device = describeUserAgent(c.req.header('user-agent'))
  const grant = await needs.sessions.start(user, beginning, { ...from, device })
  if (!grant) return null
  // One that cannot be written is over on this node, and made good later: no reason to lose the new one.
  await Promise.allSettled(
    [...sidsBefore(c, beginning, needs)].map((sid) => needs.endings.one(sid, 'replaced', from)),
  )
  return grant
}

function sidsBefore(c: Context<AppEnv>, { carrier }: Beginning, needs: BeginNeeds): Set<string> {
  // Optional: whoever asks for a pair of tokens was not asked who they are.
  const before = c.get('session') as Presented | undefined
  const byToken = before?.kind === 'live' && before.by === carrier ? [before.claims.sid] : []
  return new Set([...byToken, ...(carrier === 'cookie' ? sidsOfRefreshCookies(c, needs) : [])])
}
