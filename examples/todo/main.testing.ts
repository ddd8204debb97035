import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/free-port.testing.ts'
import { until } from '../../src/until.testing.ts'

/** For tests only: the example as a program of its own. */

// Judged to be none as soon as tokens can be judged; 503 before.
const NONSENSE = { authorization: 'Bearer nonsense', 'remote-assertion': 'nonsense' }

const running = new Set<ChildProcess>()
after(async () => {
  const ended = [...running].map((child) => once(child, 'close'))
  for (const child of running) child.kill('SIGKILL')
  await Promise.all(ended)
})

type Main = 'main.ts' | 'main-behind-proxy.ts'
type Environment = Record<string, string>

export function spawnTodo(main: Main, folder: string, environment: Environment) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(main, import.meta.url))], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
  })
  running.add(child)
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve(code)
    })
  })
  return { child, said, ended }
}

/** Starts it on a free port, and waits until it knows who asks: it heard of Latchkey. */
export async function startTodo(
  main: Main,
  folder: string,
  environment: Environment,
  port: number | null = null,
) {
  const url = `http://localhost:${port ?? (await freePort())}`
  const todo = spawnTodo(main, folder, { PORT: new URL(url).port, ...environment })
  await until('the app knows who asks', async () => {
    if (todo.child.exitCode !== null) throw new Error(`the app ended: ${todo.said.stderr}`)
    const answer = await fetch(`${url}/todo`, { headers: NONSENSE }).catch(() => null)
    return answer?.status === 401
  })
  return {
    ...todo,
    url,
    post: (title: string, headers: Record<string, string>) =>
      fetch(`${url}/todo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ title }),
      }),
    list: (headers: Record<string, string>) => fetch(`${url}/todo`, { headers }),
    /** The exit code. */
    stop() {
      todo.child.kill('SIGTERM')
      return todo.ended
    },
  }
}
