import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/free-port.testing.ts'
import { APP_HOST, AUTH_HOST, type StartProxy } from './forward-auth.testing.ts'
import type { Besides } from './forward-auth-front.testing.ts'
import { loggingTo } from './logging-to.testing.ts'
import { startProxyProcess } from './proxy-process.testing.ts'

/** For tests only: HAProxy with the haproxy.cfg and the Lua file that are shipped, as they are, and the environment that an operator gives it. */

const shipped = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** `lua` is in the place of the file that is shipped. */
export const startHaproxy =
  (binary: string, { plainPort, log, lua }: Besides & { lua?: string } = {}): StartProxy =>
  async ({ folder, port, latchkeyPort, appPort, certificate, privateKey }) => {
    const pem = join(folder, 'latchkey.pem')
    await writeFile(pem, (await readFile(certificate, 'utf8')) + (await readFile(privateKey, 'utf8')))
    return startProxyProcess({
      ...{ folder, port },
      ...loggingTo(log, binary, ['-f', shipped('haproxy.cfg')]),
      environment: {
        AUTH_HOST,
        LATCHKEY: `127.0.0.1:${latchkeyPort}`,
        APP_HOST,
        APP: `127.0.0.1:${appPort}`,
        CERTIFICATE: pem,
        HTTPS: `127.0.0.1:${port}`,
        HTTP: `127.0.0.1:${plainPort ?? (await freePort())}`,
        LATCHKEY_LUA: lua ?? shipped('haproxy-forward-auth.lua'),
        LOG: 'stdout',
        // There may be several on one machine.
        LATCHKEY_INSIDE: `latchkey-${port}`,
        // Whoever runs the tests.
        HAPROXY_USER: userInfo().username,
        HAPROXY_GROUP: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim(),
      },
    })
  }
