import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.testing.ts'
import { GOOD_PASSWORD } from '../testing.ts'
import { until } from '../until.testing.ts'

export { until }

/** For tests only: the real program, as processes of its own on a folder of its own. */

/** What npm runs. */
export const LAUNCH = fileURLToPath(new URL('../launch.js', import.meta.url))

const folders: string[] = []
const running = new Set<ChildProcess>()
after(async () => {
  for (const child of running) child.kill('SIGKILL')
  await Promise.all([...running].map((child) => once(child, 'close')))
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

/** A new empty folder, gone after the file's tests. The program runs in it, so no `.env` but its own is read. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'))
  folders.push(folder)
  return folder
}

export type Environment = Record<string, string>

/** Starts `latchkey …` with these settings and no others. */
export function start(folder: string, args: string[], environment: Environment = {}) {
  const child = spawn(process.execPath, [LAUNCH, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), ...environment },
  })
  running.add(child)
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  return { child, said, ended }
}

/** Runs a command to its end. */
export async function latchkey(
  folder: string,
  args: string[],
  { input = '', ...environment }: Environment = {},
) {
  const { child, said, ended } = start(folder, args, environment)
  // It may end without having read what it was given.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const { code } = await ended
  return { code, ...said }
}

export const addUser = (folder: string, username: string, ...options: string[]) =>
  latchkey(folder, ['users', 'add', username, '--password-stdin', ...options], {
    input: `${GOOD_PASSWORD}\n`,
  })

/** Starts a server and waits until it answers. */
export async function serve(folder: string, environment: Environment = {}) {
  const port = environment.PORT ?? String(await freePort())
  const url = `http://localhost:${port}`
  const { child, said, ended } = start(folder, ['serve'], { ...environment, PORT: port })
  await until('the server answers', async () => {
    if (child.exitCode !== null) throw new Error(`the server ended: ${said.stderr}`)
    return fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
  })

  return {
    port,
    url,
    child,
    said,
    ended,
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    /** The addresses of `/setup` that the log has printed. */
    setupLinks: () => said.stdout.match(/http\S+\/setup\?code=[\w-]+/g) ?? [],
    post: (path: string, fields: Record<string, string | boolean>) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
      }),
    /** The Cookie header of a new session. */
    async signIn(username: string, password = GOOD_PASSWORD): Promise<string> {
      const response = await this.post('/signin', { username, password })
      if (response.status !== 200) throw new Error(`sign-in answered ${response.status}`)
      return cookieOf(response)
    },
    session: (cookie: string) => fetch(`${url}/session`, { headers: { cookie } }),
  }
}

export type Server = Awaited<ReturnType<typeof serve>>

export const cookieOf = (response: Response): string =>
  response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
