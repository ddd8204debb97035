import type { BrowserContext, Page } from '@playwright/test'

// The access token lives 300 s and is renewed in its last 30. A visible page asks the server each 30 s how things stand, so
// 250 s lead to shortly before the window.
export const BEFORE_WINDOW = 250
export const TO_WINDOW = 20
export const TO_DIALOG = 22

export const dialogOf = (page: Page) => page.getByRole('dialog')
export const countdownOf = (page: Page) => page.locator('[data-countdown]')

export async function token(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === 'token')?.value
}

/** What makes a page count its person as active. */
export const act = (page: Page) => page.keyboard.press('Shift')
