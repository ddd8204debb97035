import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/free-port.testing.ts'
import type { Load } from './load.ts'

const MAIN = fileURLToPath(new URL('../src/launch.js', import.meta.url))
const BARE = fileURLToPath(new URL('./bare.ts', import.meta.url))
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url))

// Linux counts a process's time in hundredths of a second, whatever the kernel's own tick.
const TICKS_PER_SECOND = 100
const RETRY_MILLISECONDS = 2

// No server outlives a run that failed.
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface ServerProcess {
  pid: number
  port: number
  stop(): Promise<void>
}

/** The program as an operator starts it, in an empty folder: its data and its log go there, and no `.env` is found. */
export async function startLatchkey(
  folder: string,
  settings: Record<string, string> = {},
): Promise<ServerProcess & { logPath: string }> {
  const port = await freePort()
  const logPath = join(folder, 'log')
  const log = openSync(logPath, 'a')
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), PORT: String(port), ...settings },
    stdio: ['ignore', log, log],
  })
  return { ...asServer(child, port), logPath }
}

/** A `node:http` server and nothing more, which gives each request the answer it is handed. */
export async function startBare(answer: { headers: Record<string, string>; body: string }) {
  const child = fork(BARE)
  child.send(answer)
  const [port] = (await once(child, 'message')) as [number]
  return asServer(child, port)
}

export function asServer(child: ChildProcess, port: number): ServerProcess {
  const { pid } = child
  if (pid === undefined) throw new Error('the server was not started')
  running.add(child)
  const exited = once(child, 'exit').finally(() => running.delete(child))
  return {
    pid,
    port,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** The process that asks. It is not a server's, so that its time is not counted. */
export function startLoad() {
  const child = fork(LOAD)
  return {
    /** The seconds it took. */
    async run(load: Load): Promise<number> {
      child.send(load)
      const [seconds] = (await once(child, 'message')) as [number]
      return seconds
    },
    stop: () => child.disconnect(),
  }
}

/** Waits until the server answers 200. */
export async function firstAnswer(port: number, path: string): Promise<void> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}${path}`).then(
      (response) => response.text().then(() => response.status),
      () => 0,
    )
    if (status === 200) return
    await pause(RETRY_MILLISECONDS)
  }
}

/** CPU time of a process so far, user and system, all threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // proc_pid_stat(5): utime and stime are fields 14 and 15; what stands before `)` may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Memory of a process in MB: what it holds now, or the most it held. */
export function megabytes(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
}
