import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../../free-port.testing.ts'

/** For tests only: a database server of our own, on a loopback port. */
export interface Server {
  /** With its password. The same after it was stopped and started again. */
  url: string
  start(): Promise<void>
  /** Stops it as its operator would. */
  stop(): Promise<void>
}

export interface Recipe {
  command: string
  args(port: number): string[]
  options: SpawnOptions
  /** What it prints when it can be asked. */
  ready: RegExp
  /** As its operator stops it. */
  signal: NodeJS.Signals
  url(port: number): string
}

const ATTEMPTS = 5
const STOP_MILLISECONDS = 10_000

/** Starts it, on another port when somebody took the first one meanwhile. */
export async function startServer(recipe: Recipe): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const server = serverOn(port, recipe)
    try {
      await server.start()
      return server
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

function serverOn(port: number, { command, args, options, ready, signal, url }: Recipe): Server {
  let child: ChildProcess | null = null

  async function start(): Promise<void> {
    const started = spawn(command, args(port), { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    let said = ''
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer) => {
        said = `${said}${text}`.slice(-4000)
        if (ready.test(said)) resolve()
      }
      started.stdout?.on('data', hear)
      started.stderr?.on('data', hear)
      started.once('error', reject)
      started.once('exit', () => reject(new Error(`${command} ended: ${said}`)))
    })
  }

  async function stop(): Promise<void> {
    const stopping = child
    child = null
    if (!stopping || stopping.exitCode !== null || stopping.signalCode !== null) return
    const exited = once(stopping, 'exit')
    stopping.kill(signal)
    const timer = setTimeout(() => stopping.kill('SIGKILL'), STOP_MILLISECONDS)
    await exited
    clearTimeout(timer)
  }

  return { url: url(port), start, stop }
}
