import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from '@playwright/test'
import { type BrowserTime, stopBrowserTime } from './browser-time.ts'
import type { Settings } from './server.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

export { expect }

interface Person {
  username: string
  password: string
  /** With the tick at "Stay signed in on this device". */
  remember?: boolean
}

export const ADA: Person = { username: 'ada', password: 'a plain long sentence' }
export const ADA_STAYING: Person = { ...ADA, remember: true }

export interface Latchkey extends Pick<ServerProcess, 'call'> {
  url: string
  /** Lets time pass, for the server and for every page alike. Without it time stands still. */
  advance(seconds: number): Promise<void>
  /** Signs in at `path`, which may be any page that asks for it. The user is made when there is none of the name. */
  signIn(page: Page, path?: string, user?: Person): Promise<void>
  /** Another browser, which shares nothing with the first but the time. */
  otherBrowser(options?: BrowserContextOptions): Promise<BrowserContext>
}

interface Fixtures {
  settings: Settings
  server: { url: string }
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
    async ({ serverProcess, server: { url }, context, browser, javaScriptEnabled, troubles }, use) => {
      const { call } = serverProcess
      const times = new Map<BrowserContext, BrowserTime>()
      const everywhere = (act: (time: BrowserTime) => Promise<void>) =>
        Promise.all([...times.values()].map(act))

      async function watch(watched: BrowserContext) {
        watchFor(troubles, watched)
        // Without scripts a page has no time of its own.
        if (javaScriptEnabled === false) return
        times.set(watched, await stopBrowserTime(watched, await call('now')))
        watched.on('close', () => times.delete(watched))
      }

      const others: BrowserContext[] = []
      await watch(context)
      await use({
        url,
        call,
        async advance(seconds) {
          await everywhere((time) => time.settled())
          await call('advance', seconds)
          await everywhere((time) => time.advance(seconds))
          await everywhere((time) => time.settled())
        },
        async signIn(page, path = '/signin', user = ADA) {
          await call('addUser', user.username, user.password)
          await page.goto(path)
          await fillIn(page, user)
          await page.getByRole('button', { name: 'Sign in' }).click()
          await expect(page.getByRole('navigation', { name: 'Your account' })).toBeVisible()
        },
        async otherBrowser(options) {
          const other = await browser.newContext(options)
          others.push(other)
          await watch(other)
          return other
        },
      })
      for (const other of others) await other.close()
    },
    { auto: true },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what the fixture needs
  troubles: async ({}, use) => {
    const troubles: string[] = []
    await use(troubles)
    expect(troubles, 'errors in the console').toEqual([])
  },
})

function watchFor(troubles: string[], context: BrowserContext): void {
  context.on('weberror', (error) => troubles.push(String(error.error())))
  context.on('console', (message) => {
    // An answer of 400 and up is what many tests ask for; a violation of the CSP is an error of its own.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      troubles.push(message.text())
  })
}

/** Types a user's name and password into the form on the page. */
export async function fillIn(page: Page, { username, password, remember }: Person): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  if (remember) await page.getByLabel('Stay signed in on this device').check()
}
