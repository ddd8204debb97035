import { test as base, expect, type Page } from '@playwright/test'
import { stopBrowserTime } from './browser-time.ts'
import type { Settings } from './server.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

export { expect }

export const ADA = { username: 'ada', password: 'a plain long sentence' }

export interface Latchkey extends Pick<ServerProcess, 'call'> {
  url: string
  /** Lets time pass, for the server and for every page alike. Without it time stands still. */
  advance(seconds: number): Promise<void>
  /** Signs in at `path`, which may be any page that asks for it. The user is made when there is none of the name. */
  signIn(page: Page, path?: string, user?: typeof ADA): Promise<void>
}

interface Fixtures {
  settings: Settings
  server: { url: string; startedAt: number }
  latchkey: Latchkey
  /** What the pages wrote to the console as errors. A test that provokes one takes it out. */
  troubles: string[]
}

interface WorkerFixtures {
  serverProcess: ServerProcess
}

/** Each test has a Latchkey of its own, empty and new, and every page is watched for what a developer would see go wrong. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  serverProcess: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what the fixture needs
    async ({}, use) => {
      const serverProcess = startServerProcess()
      await use(serverProcess)
      await serverProcess.end()
    },
    { scope: 'worker' },
  ],

  settings: [{}, { option: true }],

  server: async ({ serverProcess, settings }, use) => {
    await use(await serverProcess.call('open', settings))
    await serverProcess.call('close')
  },

  baseURL: ({ server }, use) => use(server.url),

  latchkey: [
    async ({ serverProcess, server, context, javaScriptEnabled }, use) => {
      const { url, startedAt } = server
      const { call } = serverProcess
      // Without scripts a page has no time of its own.
      const time = javaScriptEnabled === false ? null : await stopBrowserTime(context, startedAt)
      await use({
        url,
        call,
        async advance(seconds) {
          await time?.settled()
          await call('advance', seconds)
          await time?.advance(seconds)
          await time?.settled()
        },
        async signIn(page, path = '/signin', user = ADA) {
          await call('addUser', user.username, user.password)
          await page.goto(path)
          await fillIn(page, user)
          await page.getByRole('button', { name: 'Sign in' }).click()
          await expect(page.getByRole('heading', { name: `Welcome ${user.username}!` })).toBeVisible()
        },
      })
    },
    { auto: true },
  ],

  troubles: [
    async ({ context }, use) => {
      const troubles: string[] = []
      context.on('weberror', (error) => troubles.push(String(error.error())))
      context.on('console', (message) => {
        // An answer of 400 and up is what many tests ask for; a violation of the CSP is an error of its own.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          troubles.push(message.text())
      })
      await use(troubles)
      expect(troubles, 'errors in the console').toEqual([])
    },
    { auto: true },
  ],
})

/** Types a user's name and password into the form on the page. */
export async function fillIn(page: Page, { username, password }: typeof ADA): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
}
