import type { BrowserContext, Page } from '@playwright/test'
import type { Latchkey } from './fixture.ts'

// The access token lives 300 s and is renewed in its last 30. A visible page asks the server each 30 s how things stand, so
// 250 s lead to shortly before the window.
export const BEFORE_WINDOW = 250
export const TO_WINDOW = 20
export const TO_DIALOG = 22

export const dialogOf = (page: Page) => page.getByRole('dialog')
export const countdownOf = (page: Page) => page.locator('[data-countdown]')

/** What a page has to say first of all. */
export const statusOf = (page: Page) => page.getByRole('status').first()

export const token = (context: BrowserContext) => cookie(context, 'token')
export const refreshToken = (context: BrowserContext) => cookie(context, 'refresh')

async function cookie(context: BrowserContext, wanted: string): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === wanted)?.value
}

/** Time passes while the machine sleeps: no page notices, and the browser drops the access token, whose life is over. */
export async function sleep(
  latchkey: Latchkey,
  seconds: number,
  ...contexts: BrowserContext[]
): Promise<void> {
  await latchkey.call('advance', seconds)
  // The browser's own clock, by which it drops cookies, runs on by itself.
  for (const context of contexts) await context.clearCookies({ name: 'token' })
}

/** What makes a page count its person as active. */
export const act = (page: Page) => page.keyboard.press('Shift')
