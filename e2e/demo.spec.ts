import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test as base, expect } from '@playwright/test'
import { freePort } from '../src/free-port.testing.ts'

const run = promisify(execFile)
const ROOT = new URL('..', import.meta.url)

interface Demo {
  url: string
  /** The curl lines it printed. */
  lines: string[]
  /** Runs curl as a person would, with one cookie jar. */
  curl(...args: string[]): Promise<{ status: number; body: string }>
  /** Runs a whole printed line in a shell. */
  shell(line: string): Promise<{ status: number; body: string }>
}

/** `npm run demo`, started as the README says. */
const test = base.extend<{ demo: Demo }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what the fixture needs
  demo: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-demo-'))
    const port = await freePort()
    const child = spawn('npm', ['run', 'demo'], {
      cwd: ROOT,
      env: { ...process.env, PORT: String(port) },
      // A group of its own, so that npm's child can be stopped with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const url = `http://localhost:${port}`
      const printed = await printedUntil(child, `${url}/logout`, `${url}/welcome`)
      const lines = printed.split('\n').filter((line) => /^\s*curl /.test(line))
      const status = ['-s', '-w', '\n%{http_code}']
      const answer = ({ stdout }: { stdout: string }) => {
        const end = stdout.lastIndexOf('\n')
        return { body: stdout.slice(0, end), status: Number(stdout.slice(end)) }
      }
      await use({
        url,
        lines,
        curl: async (...args) =>
          answer(await run('curl', [...status, '-b', 'jar', '-c', 'jar', ...args], { cwd: folder })),
        shell: async (line) =>
          answer(
            await run('sh', ['-c', line.replace(/^\s*curl /, "curl -s -w '\n%{http_code}' ")], {
              cwd: folder,
            }),
          ),
      })
    } finally {
      await stopGroup(child)
      await rm(folder, { recursive: true })
    }
  },
})

test.skip(process.platform === 'win32', 'the tutorial is for a POSIX shell')

test("the tutorial's client steps work with curl and a cookie jar", async ({ demo }) => {
  const { url, curl } = demo
  const signIn = (password: string) =>
    curl('-d', JSON.stringify({ username: 'user1', password }), `${url}/signin`)

  expect((await curl(`${url}/welcome`)).status, 'before signing in').toBe(401)
  expect((await signIn('wrong')).status).toBe(401)
  expect((await curl('-d', 'no json', `${url}/signin`)).status).toBe(400)
  expect((await signIn('password1')).status).toBe(200)
  expect(await curl(`${url}/welcome`)).toEqual({ status: 200, body: 'Welcome user1!' })

  const early = await curl('-X', 'POST', `${url}/refresh`)
  expect(early.status).toBe(400)
  expect(JSON.parse(early.body)).toMatchObject({ code: 'too_early', refresh_from: expect.any(Number) })
  expect((await curl(`${url}/welcome`)).status, 'a refused refresh changes nothing').toBe(200)

  // The jar before signing out, for the replay.
  const { body } = await curl('-v', '--stderr', '-', `${url}/welcome`)
  const cookie = /Cookie: (token=[\w.-]+)/.exec(body)?.[1] ?? ''
  expect(cookie).not.toBe('')
  expect((await curl('-X', 'POST', `${url}/logout`)).status).toBe(204)
  expect((await curl(`${url}/welcome`)).status, 'after signing out').toBe(401)
  expect((await curl('-H', `Cookie: ${cookie}`, `${url}/welcome`)).status, 'the old cookie').toBe(401)
})

test('every line of curl that the demo prints works as printed', async ({ demo }) => {
  expect(demo.lines.length).toBeGreaterThanOrEqual(9)
  let signedOut = false
  for (const line of demo.lines) {
    const { status, body } = await demo.shell(line)
    if (line.includes('/signin')) expect(status, line).toBe(200)
    else if (line.includes('/refresh')) expect(status, line).toBe(400)
    else if (line.includes('/todo')) {
      expect(status, line).toBe(line.includes(' -d ') ? 201 : 200)
      expect(body, line).toContain('"title":"buy milk"')
    } else if (line.includes('/v1/sample'))
      expect({ status, body }, line).toEqual({ status: 200, body: 'OK user1' })
    else if (line.includes('/v1/auth'))
      expect({ status, body }, line).toEqual({
        status: 200,
        body: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      })
    else if (line.includes('/logout')) {
      expect(status, line).toBe(204)
      signedOut = true
    } else if (signedOut) expect(status, line).toBe(401)
    else expect({ status, body }, line).toEqual({ status: 200, body: 'Welcome user1!' })
  }
})

/** What the process prints, once all of it has come. */
async function printedUntil(child: ChildProcess, ...words: string[]): Promise<string> {
  let printed = ''
  // Read on afterwards: with its output closed the demo could not write its log.
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    printed += chunk
    const rest = words.reduce<string | undefined>(
      (text, word) => text?.split(word).slice(1).join(word),
      printed,
    )
    if (rest?.includes('\n')) {
      child.stdout?.resume()
      return printed
    }
  }
  throw new Error(`the demo has ended: ${printed}`)
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  await exited
}
