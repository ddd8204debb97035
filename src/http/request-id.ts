import type { Context } from 'hono'
import { newId } from '../lib/ids.ts'
import type { AppEnv } from './env.ts'

/** What a request is called in the log and to whoever asked. Made when it is first needed: most requests leave no line. */
export function requestIdOf(c: Context<AppEnv>): string {
  const known = c.get('requestId')
  if (known !== undefined) return known
  const made = newId()
  c.set('requestId', made)
  return made
}
