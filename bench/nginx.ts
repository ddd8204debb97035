import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mainConf } from '../deploy/nginx-main-conf.testing.ts'
import { asServer, cpuSeconds, type ServerProcess } from './processes.ts'

const run = promisify(execFile)
const SHIPPED = fileURLToPath(new URL('../deploy/nginx-two-nodes.conf', import.meta.url))
const RETRY_MILLISECONDS = 10

// The load keeps its connections for a whole round: nginx would close each after a thousand requests.
const siteConf = (folder: string, port: number) => `
server_name localhost;
listen 127.0.0.1:${port} ssl;
keepalive_requests 1000000;
ssl_certificate latchkey/tls/fullchain.pem;
ssl_certificate_key latchkey/tls/privkey.pem;
access_log ${folder}/access.log latchkey;
error_log ${folder}/errors.log crit;
`

/** nginx with the file that is shipped, as it is, in front of the nodes on these ports of this machine. */
export async function startNginx(
  binary: string,
  folder: string,
  port: number,
  nodePorts: number[],
): Promise<ServerProcess> {
  const tls = join(folder, 'latchkey/tls')
  mkdirSync(tls, { recursive: true })
  writeFileSync(join(folder, 'nginx.conf'), mainConf(SHIPPED))
  writeFileSync(join(folder, 'latchkey/site.conf'), siteConf(folder, port))
  const nodes = nodePorts.map((node) => `server 127.0.0.1:${node} max_fails=1 fail_timeout=5s;\n`)
  writeFileSync(join(folder, 'latchkey/nodes.conf'), nodes.join(''))
  await makeCertificate(tls)
  const child = spawn(binary, ['-p', folder, '-c', 'nginx.conf', '-e', 'main-errors.log'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const server = asServer(child, port)
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error('nginx ended')
    await pause(RETRY_MILLISECONDS)
  }
  return server
}

/** CPU time of its workers so far, in seconds: the first process only watches them. */
export function workersCpuSeconds({ pid }: ServerProcess): number {
  const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return workers.reduce((sum, worker) => sum + cpuSeconds(Number(worker)), 0)
}

/** A self-signed certificate for localhost, good for two days. */
async function makeCertificate(folder: string): Promise<void> {
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-keyout', join(folder, 'privkey.pem')],
    ...['-out', join(folder, 'fullchain.pem')],
  ])
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const is = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return is
}
