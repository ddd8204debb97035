import type { Presented } from './middleware/load-session.ts'

/** What a request carries through the middleware. */
export interface AppEnv {
  Variables: {
    requestId: string
    session: Presented
  }
}
