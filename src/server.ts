import { createApp } from './app.ts'
import type { Deps } from './deps.ts'
import type { Example } from './http/example.ts'
import { type Listener, listen } from './listen.ts'
import { createMetricsApp } from './metrics-app.ts'

export interface RunningServer {
  port: number
  /** Where the metrics are, when they have a port of their own. */
  metricsPort: number | null
  /** Takes no new requests, answers those who wait for news, lets those under way end within 10 s, then closes what is left. */
  stop(): Promise<void>
}

/** Listens where the Config says. Rejects with the system's error (EADDRINUSE …) when that is not possible. */
export async function startServer(deps: Deps, example?: Example): Promise<RunningServer> {
  // First, so that nobody is served by a server that cannot start.
  const metrics = await listenForMetrics(deps)
  const pages = await listen(createApp(deps, example), deps.config).catch(async (error) => {
    await metrics?.stop()
    throw error
  })
  return {
    port: pages.port,
    metricsPort: metrics?.port ?? null,
    async stop() {
      deps.revocationFeed.drain()
      await Promise.all([pages.stop(), metrics?.stop()])
    },
  }
}

async function listenForMetrics({ config, log, metrics }: Deps): Promise<Listener | null> {
  const { host, metricsPort: port } = config
  if (port === null || metrics === null) return null
  return listen(createMetricsApp({ config, log, metrics }), { host, port })
}
