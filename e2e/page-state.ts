import type { Page } from '@playwright/test'
import { expect, type Latchkey } from './fixture.ts'
import type { Settings } from './server.ts'

export interface PageState {
  name: string
  settings?: Settings
  /** Brings the page into the state and waits until a person can see it. */
  open(page: Page, latchkey: Latchkey): Promise<void>
}

export const see = (page: Page, text: string) => expect(page.getByText(text).first()).toBeVisible()
