import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import type { AppEnv } from './http/env.ts'

// Room for a browser that carries many cookies of other apps on the same name; by default 16 KB.
const MOST_HEADER_BYTES = 32 * 1024
// Longer than proxies keep an idle connection, so that it is never we who close one just as it is used.
const KEEP_ALIVE_MILLISECONDS = 75_000
const HEADERS_MILLISECONDS = 15_000
// Whoever asks and does not read the answer is cut off. Longer than the longest that we let anybody wait for one.
const SILENCE_MILLISECONDS = 60_000
const REQUEST_MILLISECONDS = 30_000
const CHECK_MILLISECONDS = 5000
const DRAIN_MILLISECONDS = 10_000
const SWEEP_MILLISECONDS = 50

export interface Listener {
  port: number
  /** Takes no new requests, lets those under way end within 10 s, then closes what is left. */
  stop(): Promise<void>
}

/** Answers on a port. Rejects with the system's error (EADDRINUSE …) when that is not possible. */
export async function listen(
  { fetch }: Hono<AppEnv>,
  { host, port }: { host: string; port: number },
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: {
      maxHeaderSize: MOST_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      headersTimeout: HEADERS_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
    },
  }) as Server
  server.setTimeout(SILENCE_MILLISECONDS)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        // One that asks again and again on one connection is never idle, and would hold us up to the end.
        server.prependListener('request', (_, response) => response.setHeader('connection', 'close'))
        const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS)
        // What was busy when we stopped listening turns idle later, and keep-alive would hold it open to the end.
        const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MILLISECONDS)
        server.close(() => {
          clearInterval(sweep)
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}
