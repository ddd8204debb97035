import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newFolder, until } from '../src/cli/process.testing.ts'
import { freePort } from '../src/free-port.testing.ts'
import { makeCertificate } from './certificate.testing.ts'
import { mainConf } from './nginx-main-conf.testing.ts'

/** For tests only: nginx as a process of its own, with the file that is shipped, as it is, and what an operator writes. */

const CONNECTIONS = 5
/** The address of another proxy of the operator, which names the client in X-Test-Address. */
export const PROXY_IN_FRONT = '127.0.2.1'

const running = new Set<ChildProcess>()
after(async () => {
  for (const child of running) child.kill('SIGTERM')
  await Promise.all([...running].map((child) => once(child, 'close')))
})

const SHIPPED = fileURLToPath(new URL('./nginx-two-nodes.conf', import.meta.url))

const siteConf = (folder: string, port: number, plainPort: number) => `
server_name localhost;
listen 127.0.0.1:${port} ssl;
listen 127.0.0.1:${plainPort};
set_real_ip_from ${PROXY_IN_FRONT};
real_ip_header X-Test-Address;
ssl_certificate latchkey/tls/fullchain.pem;
ssl_certificate_key latchkey/tls/privkey.pem;
access_log ${folder}/access.log latchkey;
error_log ${folder}/errors.log crit;
`

/** What nginx writes of a request. */
interface Line {
  client: string
  method: string
  path: string
  status: number
  node: string
}

interface Asking {
  headers?: Record<string, string>
  /** As JSON, unless it is text. */
  body?: unknown
  /** Which address of this machine to ask from. */
  from?: string
  agent?: Agent
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** Names as often as they came. */
  names: string[]
  text: string
}

export type Nginx = Awaited<ReturnType<typeof runNginx>>

/** Starts nginx on free ports, with no node yet. It is gone after the file's tests. */
export async function runNginx(binary: string) {
  const folder = await newFolder()
  const [port, plainPort] = [await freePort(), await freePort()]
  await mkdir(join(folder, 'latchkey/tls'), { recursive: true })
  await writeFile(join(folder, 'nginx.conf'), mainConf(SHIPPED))
  await writeFile(join(folder, 'latchkey/site.conf'), siteConf(folder, port, plainPort))
  await writeNodes(folder, [await freePort()])
  const ca = await makeCertificate(join(folder, 'latchkey/tls'), 'DNS:localhost,IP:127.0.0.1')

  const child = spawn(binary, ['-p', folder, '-c', 'nginx.conf', '-e', 'main-errors.log'], { stdio: 'pipe' })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  const log = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
  await until('nginx has started', async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`)
    return (await log('main-errors.log')).includes('start worker process ')
  })
  const workersGone = async () => (await log('main-errors.log')).split('exited with code 0').length

  return {
    url: `https://localhost:${port}`,
    plainUrl: `http://localhost:${plainPort}`,
    log,
    /** The nodes, in the order in which they are asked, from now on: as an operator does it, by a reload. */
    async use(...ports: (string | number)[]) {
      await writeNodes(folder, ports)
      const before = await workersGone()
      child.kill('SIGHUP')
      await until('nginx has taken it', async () => (await workersGone()) > before)
    },
    lines: async (): Promise<Line[]> =>
      (await log('access.log'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ask,
    /** Asks so many times, on a few connections: a handshake for each would take long. */
    async askOften(times: number, method: string, path: string, asking: Asking) {
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
      const answers = await Promise.all(
        Array.from({ length: times }, () => ask(method, path, { ...asking, agent })),
      )
      agent.destroy()
      return answers
    },
  }

  /** Asks once, on a connection of its own. */
  function ask(method: string, path: string, { headers = {}, body, from = '127.0.0.1', agent }: Asking = {}) {
    return new Promise<Answer>((resolve, reject) => {
      const json = body !== undefined && typeof body !== 'string'
      const asking = request(
        {
          ...{ host: '127.0.0.1', servername: 'localhost', port, ca, method, path, agent: agent ?? false },
          localAddress: from,
          headers: {
            host: `localhost:${port}`,
            ...(json && { 'content-type': 'application/json' }),
            ...headers,
          },
        },
        async (response) => {
          const { statusCode: status = 0, rawHeaders } = response
          let text = ''
          for await (const piece of response.setEncoding('utf8')) text += piece
          const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
          resolve({ status, headers: response.headers, names, text })
        },
      )
      asking.on('error', reject)
      asking.end(json ? JSON.stringify(body) : body)
    })
  }
}

/** Whole at once, for nginx may be reading it. */
async function writeNodes(folder: string, ports: (string | number)[]): Promise<void> {
  const lines = ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=5s;\n`)
  const path = join(folder, 'latchkey/nodes.conf')
  await writeFile(`${path}.new`, lines.join(''))
  await rename(`${path}.new`, path)
}
