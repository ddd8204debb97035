import { pino } from 'pino'
import type { Config } from '../config.ts'
import { openDeps } from '../deps.ts'
import { freePort } from '../free-port.testing.ts'
import type { Clock } from '../lib/clock.ts'
import { startServer } from '../server.ts'

const MOST_TRIES = 5

/** For tests only: a Latchkey that listens on a port that was free, configured for it by `configFor`, for PUBLIC_URL names it. */
export async function startOnFreePort(configFor: (port: number) => Config, clock: Clock) {
  for (let tries = 1; ; tries++) {
    const deps = await openDeps(configFor(await freePort()), pino({ level: 'silent' }), clock)
    try {
      const server = await startServer(deps)
      return { deps, server, issuer: deps.config.publicUrl }
    } catch (error) {
      await deps.close()
      // Somebody else may take it between our looking for it and our listening.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === MOST_TRIES) throw error
    }
  }
}
