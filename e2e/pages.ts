import type { Page } from '@playwright/test'
import { ACCOUNT_PAGE_STATES } from './account-pages.ts'
import { ADA, ADA_STAYING, expect, fillIn, type Latchkey } from './fixture.ts'
import { type PageState, see } from './page-state.ts'

async function openDialog(page: Page, latchkey: Latchkey) {
  await latchkey.signIn(page)
  await latchkey.advance(250)
  await latchkey.advance(22)
  await expect(page.getByRole('dialog')).toBeVisible()
}

/** Each page there is, in each of the states that look different. */
export const PAGE_STATES: PageState[] = [
  {
    name: 'sign in',
    async open(page, latchkey) {
      await latchkey.call('addUser', ADA.username, ADA.password)
      await page.goto('/signin')
      await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible()
    },
  },
  {
    name: 'sign in, while nobody has an account',
    async open(page) {
      await page.goto('/signin')
      await see(page, 'Nobody has an account here yet.')
    },
  },
  {
    name: 'sign in, after a wrong password, with the box ticked',
    async open(page, latchkey) {
      await latchkey.call('addUser', ADA.username, ADA.password)
      await page.goto('/signin')
      await fillIn(page, { ...ADA_STAYING, password: 'not the password' })
      await page.keyboard.press('Enter')
      await expect(page.getByRole('alert')).toBeVisible()
      await expect(page.getByRole('checkbox')).toBeChecked()
    },
  },
  // One of each tone.
  ...['signed-out', 'expired', 'disabled'].map((notice) => ({
    name: `sign in, with the notice ${notice}`,
    async open(page: Page) {
      await page.goto(`/signin?notice=${notice}`)
      await expect(page.getByRole('status').first()).not.toBeEmpty()
    },
  })),
  {
    name: 'welcome',
    async open(page, latchkey) {
      await latchkey.signIn(page)
    },
  },
  {
    name: 'welcome, with the longest name there is, in the demo',
    settings: { demo: true },
    async open(page, latchkey) {
      await latchkey.signIn(page, '/signin', { ...ADA, username: 'w'.repeat(64) })
    },
  },
  {
    name: 'welcome, on a device that stays signed in',
    async open(page, latchkey) {
      await latchkey.signIn(page, '/welcome', ADA_STAYING)
      await see(page, 'This device stays signed in, at the latest until')
    },
  },
  ...ACCOUNT_PAGE_STATES,
  { name: 'the question whether to stay signed in', open: openDialog },
  {
    name: 'the last words of a session',
    settings: { sessionMaxAgeSeconds: 300 },
    open: openDialog,
  },
  {
    name: 'setup',
    async open(page, latchkey) {
      await page.goto(`/setup?code=${await latchkey.call('setupCode')}`)
      await see(page, 'At least 15 characters.')
    },
  },
  {
    name: 'setup, with a refused password',
    async open(page, latchkey) {
      await page.goto(`/setup?code=${await latchkey.call('setupCode')}`)
      await fillIn(page, { ...ADA, password: 'short' })
      await page.keyboard.press('Enter')
      await see(page, 'Use at least 15 characters.')
    },
  },
  {
    name: 'setup, with a link that is not valid',
    async open(page, latchkey) {
      await latchkey.call('setupCode')
      await page.goto('/setup?code=other')
      await see(page, 'This link is not valid')
    },
  },
  {
    name: 'sign out?',
    async open(page, latchkey) {
      await latchkey.signIn(page)
      await page.goto('/logout')
      await see(page, 'You are signed in as ada.')
    },
  },
  {
    name: 'sign out, when signed out',
    async open(page) {
      await page.goto('/logout')
      await see(page, 'You are signed out')
    },
  },
  {
    name: 'an error, in the demo',
    settings: { demo: true },
    async open(page) {
      await page.goto('/nowhere')
      await see(page, 'Nothing here')
      await see(page, 'This is the demo')
    },
  },
]
