import type { Context } from 'hono'
import type { From } from '../audit/event.ts'
import type { Config } from '../config.ts'
import { clientAddress } from './client-address.ts'
import type { AppEnv } from './env.ts'
import { requestIdOf } from './request-id.ts'

/** Where a request comes from, for the audit log. */
export const fromOf = (
  c: Context<AppEnv>,
  { config }: { config: Pick<Config, 'trustedProxies'> },
): From & { address: string } => ({
  address: clientAddress(c, config.trustedProxies),
  requestId: requestIdOf(c),
})
