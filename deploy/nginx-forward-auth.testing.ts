import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { APP_HOST, AUTH_HOST, type Place, type StartProxy } from './forward-auth.testing.ts'
import { mainConf } from './nginx-main-conf.testing.ts'
import { startProxyProcess } from './proxy-process.testing.ts'

/** For tests only: nginx with the nginx.conf that is shipped, as it is, and what an operator writes beside it. */

const SHIPPED = fileURLToPath(new URL('./nginx.conf', import.meta.url))

/** What an operator may have besides. */
interface Besides {
  /** Where it listens without TLS. */
  plainPort?: number
  /** Lines for the app. */
  inApp?: string
  /** Breaks what is shipped. */
  change?: (shipped: string) => string
}

export const startNginx =
  (binary: string, besides: Besides = {}): StartProxy =>
  async (place) => {
    const { folder, port } = place
    await mkdir(join(folder, 'latchkey'))
    for (const [name, text] of Object.entries(filesOf(place, besides)))
      await writeFile(join(folder, name), text)
    const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'main-errors.log']
    return startProxyProcess({ binary, args, folder, port })
  }

const filesOf = (place: Place, { plainPort, inApp = '', change }: Besides): Record<string, string> => ({
  'nginx.conf': mainConf(change ? 'changed.conf' : SHIPPED),
  ...(change && { 'changed.conf': change(readFileSync(SHIPPED, 'utf8')) }),
  'latchkey/auth.conf': siteConf(AUTH_HOST, place, plainPort),
  'latchkey/app.conf': siteConf(APP_HOST, place, plainPort) + inApp,
  'latchkey/latchkey-at.conf': `server 127.0.0.1:${place.latchkeyPort};\n`,
  'latchkey/app-at.conf': `server 127.0.0.1:${place.appPort};\n`,
})

const siteConf = (
  host: string,
  { folder, port, certificate, privateKey }: Place,
  plainPort: number | undefined,
) => `
server_name ${host};
listen 127.0.0.1:${port} ssl;
${plainPort ? `listen 127.0.0.1:${plainPort};` : ''}
ssl_certificate ${certificate};
ssl_certificate_key ${privateKey};
access_log ${folder}/access.log latchkey;
error_log ${folder}/errors.log crit;
`
