import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AppEnv } from '../env.ts'
import { PROBLEMS } from '../problems.ts'
import type { Refuse } from '../refuse.ts'

const MOST_BODY_BYTES = 16 * 1024

/** Refuses larger bodies, also those that do not say their length. */
export const limitBody = ({ refuse }: { refuse: Refuse }): MiddlewareHandler<AppEnv> =>
  bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => refuse(c, PROBLEMS.tooLarge) })
