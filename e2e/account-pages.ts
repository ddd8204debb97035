import type { Page } from '@playwright/test'
import { ADA, ADA_STAYING, type Latchkey } from './fixture.ts'
import { type PageState, see } from './page-state.ts'

/** Ada has been around: many devices, the longest words there are for one, and some that were signed out. */
export async function addDevices({ call }: Latchkey) {
  const phone = { device: 'Samsung Internet on Android', address: '2001:db8:1111:2222:3333:4444:5555:6666' }
  const script = { device: 'curl', address: '203.0.113.7' }
  await call('addUser', ADA.username, ADA.password)
  await call('startSession', ADA.username, { carrier: 'cookie', remember: true }, phone)
  await call('endSessions', ADA.username, 'reuse')
  await call('startSession', ADA.username, { carrier: 'cookie', remember: false }, script)
  await call('advance', 300)
  await call('startSession', ADA.username, { carrier: 'cookie', remember: true }, phone)
  await call('startSession', ADA.username, { carrier: 'bearer', remember: true }, script)
}

async function openPasswordForm(page: Page, latchkey: Latchkey, current: string, next: string) {
  await latchkey.signIn(page, '/account/password')
  await page.getByLabel('Current password', { exact: true }).fill(current)
  await page.getByLabel('New password', { exact: true }).fill(next)
  await page.keyboard.press('Enter')
}

async function openConfirm(page: Page, latchkey: Latchkey) {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  await latchkey.call('advance', 3600)
  await page.goto('/account/password')
  await see(page, 'Enter your password again')
}

/** Where somebody who is signed in sees and changes things, in each of the states that look different. */
export const ACCOUNT_PAGE_STATES: PageState[] = [
  {
    name: 'devices, when there is one',
    async open(page, latchkey) {
      await latchkey.signIn(page, '/sessions')
      await see(page, 'You are signed in on no other device.')
    },
  },
  {
    name: 'devices, when there are many and some were signed out',
    async open(page, latchkey) {
      await addDevices(latchkey)
      await latchkey.signIn(page, '/sessions', ADA_STAYING)
      await see(page, 'API token')
      await see(page, 'Signed out for your safety')
    },
  },
  {
    name: 'devices, after one was signed out, in the demo',
    settings: { demo: true },
    async open(page, latchkey) {
      await addDevices(latchkey)
      await latchkey.signIn(page, '/sessions')
      await page.getByRole('button', { name: 'Sign out Samsung' }).click()
      await see(page, 'That device was signed out.')
    },
  },
  {
    name: 'account, with recent activity',
    async open(page, latchkey) {
      await addDevices(latchkey)
      await latchkey.signIn(page, '/account')
      await see(page, 'the server itself')
    },
  },
  {
    name: 'account, with the longest name there is',
    async open(page, latchkey) {
      await latchkey.signIn(page, '/account', { ...ADA, username: 'w'.repeat(64) })
      await see(page, 'Account created')
    },
  },
  {
    name: 'account, after the password was changed',
    async open(page, latchkey) {
      await openPasswordForm(page, latchkey, ADA.password, 'another plain sentence')
      await see(page, 'Your password was changed')
    },
  },
  {
    name: 'change password',
    async open(page, latchkey) {
      await latchkey.signIn(page, '/account/password')
      await see(page, 'At least 15 characters.')
    },
  },
  {
    name: 'change password, with a wrong current one',
    async open(page, latchkey) {
      await openPasswordForm(page, latchkey, 'not the password', 'another plain sentence')
      await see(page, 'The password is not right.')
    },
  },
  {
    name: 'change password, with a common new one',
    async open(page, latchkey) {
      await openPasswordForm(page, latchkey, ADA.password, 'passwordpassword')
      await see(page, 'one of the most common ones')
    },
  },
  { name: 'the password again', open: openConfirm },
  {
    name: 'the password again, after a wrong one',
    async open(page, latchkey) {
      await openConfirm(page, latchkey)
      await page.keyboard.type('not the password')
      await page.keyboard.press('Enter')
      await see(page, 'The password is not right.')
    },
  },
]
