import type { Context } from 'hono'
import type { User } from '../accounts/user.ts'
import type { Deps } from '../deps.ts'
import { describeUserAgent } from '../lib/user-agent.ts'
import type { Grant } from '../sessions/sessions.ts'
import { clientAddress } from './client-address.ts'
import type { AppEnv } from './env.ts'

/**
 * Begins a session on the device that asks, for a user whose password was just checked. The session its cookie named
 * until now is ended, so that none is left behind that nobody can sign out of (ASVS 7.2.4).
 */
export async function beginSession(
  c: Context<AppEnv>,
  user: User,
  { sessions, config, log }: Pick<Deps, 'sessions' | 'config' | 'log'>,
): Promise<Grant | null> {
  const address = clientAddress(c, config.trustedProxies)
  const grant = await sessions.start(user, { device: describeUserAgent(c.req.header('user-agent')), address })
  if (!grant) return null
  const { session: before } = c.var
  if (before.kind === 'live' && before.by === 'cookie') await sessions.end(before.claims.sid, 'replaced')
  log.info(
    { requestId: c.var.requestId, userId: user.id, sid: grant.claims.sid, address },
    'sign_in.succeeded',
  )
  return grant
}
