import { fileURLToPath } from 'node:url'
import { freePort } from '../src/free-port.testing.ts'
import { APP_HOST, AUTH_HOST, type StartProxy } from './forward-auth.testing.ts'
import type { Besides } from './forward-auth-front.testing.ts'
import { loggingTo } from './logging-to.testing.ts'
import { startProxyProcess } from './proxy-process.testing.ts'

/** For tests only: Caddy with the Caddyfile that is shipped, as it is, and the environment that an operator gives it. */

const SHIPPED = fileURLToPath(new URL('./Caddyfile', import.meta.url))

export const startCaddy =
  (binary: string, { plainPort, log }: Besides = {}): StartProxy =>
  async ({ folder, port, latchkeyPort, appPort, certificate, privateKey }) =>
    startProxyProcess({
      ...{ folder, port },
      ...loggingTo(log, binary, ['run', '--config', SHIPPED, '--adapter', 'caddyfile']),
      environment: {
        AUTH_HOST,
        LATCHKEY: `127.0.0.1:${latchkeyPort}`,
        APP_HOST,
        APP: `127.0.0.1:${appPort}`,
        TLS: `tls ${certificate} ${privateKey}`,
        BIND: 'default_bind 127.0.0.1',
        HTTPS_PORT: String(port),
        HTTP_PORT: String(plainPort ?? (await freePort())),
        // Of the machine's own Caddy, if there is one.
        CADDY_ADMIN: 'off',
      },
    })
