import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { until } from '../src/until.testing.ts'
import type { RunningProxy } from './forward-auth.testing.ts'

/** For tests only. */

interface Program {
  binary: string
  args: string[]
  folder: string
  /** Where it listens once it has started. */
  port: number
  environment?: Record<string, string>
}

/** Starts a proxy as a process of its own, in its folder, with these variables and no others. */
export async function startProxyProcess(program: Program): Promise<RunningProxy> {
  const { binary, args, folder, port, environment } = program
  const child = spawn(binary, args, { cwd: folder, env: { HOME: folder, ...environment }, stdio: 'pipe' })
  // Also when whoever started it ends in the middle.
  const endWithUs = () => child.kill('SIGTERM')
  process.once('exit', endWithUs)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  const closed = once(child, 'close')
  await until(`${binary} listens`, () => {
    if (child.exitCode !== null) throw new Error(`${binary} ended: ${said}`)
    return isListening(port)
  })
  return {
    async stop() {
      process.off('exit', endWithUs)
      if (child.exitCode === null) child.kill('SIGTERM')
      await closed
    },
  }
}

function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
