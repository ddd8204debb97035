import type { Presented } from './presented.ts'

/** What a request carries through the middleware. */
export interface AppEnv {
  Variables: {
    /** By requestIdOf, which makes it. */
    requestId?: string
    session: Presented
  }
}
