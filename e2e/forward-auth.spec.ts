import { test as base, expect, type Page } from '@playwright/test'
import { CHROMIUM_ARGS, findChromium } from './browser.ts'
import { ADA, ADA_STAYING, fillIn } from './fixture.ts'
import { type Program, startProgram } from './server-process.ts'
import type { Commands } from './site.ts'

/** An app behind each proxy, as a person meets it. */

const PROXIES = ['nginx', 'caddy', 'haproxy'] as const
const LONGER_THAN_A_TOKEN_SECONDS = 301
const PATH = '/wiki?q=1&next=%2Fwelcome'

const executablePath = findChromium()

const test = base.extend<object, { program: Program<Commands> }>({
  program: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what the fixture needs
    async ({}, use) => {
      const program = startProgram<Commands>('site.ts')
      await use(program)
      await program.end()
    },
    { scope: 'worker' },
  ],
})

// The names of the site lead to this machine, and its certificate is nobody's.
test.use({
  ignoreHTTPSErrors: true,
  launchOptions: {
    args: [...CHROMIUM_ARGS, '--host-resolver-rules=MAP *.example.test 127.0.0.1'],
    ...(executablePath && { executablePath }),
  },
})

for (const proxy of PROXIES)
  test.describe(`an app behind ${proxy}`, () => {
    let site: { url: string; authUrl: string }
    test.beforeEach(async ({ program }) => {
      const opened = await program.call('open', proxy)
      test.skip(opened === null && process.env.CI !== 'true', `there is no ${proxy} on this machine`)
      if (!opened) throw new Error(`CI needs ${proxy}`)
      site = opened
    })
    test.afterEach(({ program }) => program.call('close'))

    const form = (page: Page) => page.getByRole('button', { name: 'Sign in' })
    async function signIn(page: Page, user = ADA, path = PATH) {
      await page.goto(`${site.url}${path}`)
      await fillIn(page, user)
      await form(page).click()
    }
    async function expectApp(page: Page, user = 'ada', path = PATH) {
      await expect(page).toHaveURL(`${site.url}${path}`)
      await expect(page.locator('#user')).toHaveText(user)
      await expect(page.locator('#url')).toHaveText(path)
    }

    test('signed out: the sign-in page, and after it the page that was asked for, query and all', async ({
      page,
      program,
    }) => {
      await page.goto(`${site.url}${PATH}`)
      await expect(form(page)).toBeVisible()
      expect(new URL(page.url()).origin).toBe(site.authUrl)
      expect(await program.call('asked')).toEqual([])
      await fillIn(page, ADA)
      await form(page).click()
      await expectApp(page)
    })

    test('signed in: every page at once', async ({ page }) => {
      await signIn(page)
      await expectApp(page)
      await page.goto(`${site.url}/other`)
      await expectApp(page, 'ada', '/other')
    })

    for (const [what, gone] of [
      ['has expired', false],
      ['was dropped by the browser', true],
    ] as const)
      test(`remembered, and the access token ${what}: the page, without a form`, async ({
        page,
        context,
        program,
      }) => {
        await signIn(page, ADA_STAYING)
        await expectApp(page)
        await program.call('advance', LONGER_THAN_A_TOKEN_SECONDS)
        if (gone) await context.clearCookies({ name: '__Secure-token' })
        await page.goto(`${site.url}${PATH}`)
        await expectApp(page)
      })

    test('signed out from elsewhere: the sign-in page says so, and leads back', async ({ page, program }) => {
      await signIn(page)
      await expectApp(page)
      await program.call('endSessions', 'ada', 'ended-elsewhere')
      await page.goto(`${site.url}${PATH}`)
      await expect(page.getByText('This device was signed out from somewhere else.')).toBeVisible()
      await fillIn(page, ADA)
      await form(page).click()
      await expectApp(page)
    })

    test('without the role a part asks for: 403, and the rest is open', async ({ page, program }) => {
      await signIn(page)
      await expectApp(page)
      const answer = await page.goto(`${site.url}/admin/`)
      expect(answer?.status()).toBe(403)
      expect(await program.call('asked')).not.toContain('/admin/')
      await page.goto(`${site.url}${PATH}`)
      await expectApp(page)
    })

    test('with the role it asks for: the part too', async ({ page }) => {
      await signIn(page, { ...ADA, username: 'root' }, '/admin/')
      await expectApp(page, 'root', '/admin/')
    })

    test('signing out at Latchkey is signing out of the app', async ({ page }) => {
      await signIn(page, ADA_STAYING)
      await expectApp(page)
      await page.goto(`${site.authUrl}/welcome`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await expect(form(page)).toBeVisible()
      await page.goto(`${site.url}${PATH}`)
      await expect(form(page)).toBeVisible()
    })
  })
