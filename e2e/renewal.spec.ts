import type { Page } from '@playwright/test'
import { ADA, expect, fillIn, test } from './fixture.ts'
import { act, BEFORE_WINDOW, countdownOf, dialogOf, TO_DIALOG, TO_WINDOW, token } from './session-page.ts'

function countRenewals(page: Page) {
  const renewals: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/refresh')) renewals.push(request.method())
  })
  return renewals
}

test('the page counts down to the next renewal', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await expect(countdownOf(page)).toHaveText('4:30')
  await latchkey.advance(1)
  await expect(countdownOf(page)).toHaveText('4:29')
  await latchkey.advance(208)
  await expect(countdownOf(page)).toHaveText('1:01')
})

test('whoever is active stays signed in without noticing', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  const renewals = countRenewals(page)
  const before = await token(context)
  await latchkey.advance(BEFORE_WINDOW)
  await act(page)
  await latchkey.advance(TO_WINDOW - 1)
  expect(renewals, 'before the window').toEqual([])
  await latchkey.advance(1)
  await expect(countdownOf(page)).toHaveText('4:30')
  await expect(dialogOf(page)).toBeHidden()
  expect(renewals).toEqual(['POST'])
  expect(await token(context)).not.toBe(before)
  // The old token would be over by now.
  await latchkey.advance(100)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})

test('a renewal takes activity since the last one', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.advance(BEFORE_WINDOW)
  await act(page)
  await latchkey.advance(TO_WINDOW)
  await expect(countdownOf(page)).toHaveText('4:30')
  await latchkey.advance(BEFORE_WINDOW)
  await latchkey.advance(TO_DIALOG)
  await expect(dialogOf(page)).toBeVisible()
})

for (const key of ['Enter', 'Escape']) {
  test(`whoever is not active is asked, and stays with ${key}`, async ({ page, context, latchkey }) => {
    await latchkey.signIn(page)
    const before = await token(context)
    await latchkey.advance(BEFORE_WINDOW)
    await latchkey.advance(TO_DIALOG - 1)
    await expect(dialogOf(page)).toBeHidden()
    await latchkey.advance(1)
    await expect(dialogOf(page)).toHaveAccessibleName('You will be signed out in 0:28')
    await latchkey.advance(1)
    await expect(dialogOf(page)).toHaveAccessibleName('You will be signed out in 0:27')
    expect(await token(context), 'nothing is renewed unasked').toBe(before)

    await page.keyboard.press(key)
    await expect(dialogOf(page)).toBeHidden()
    await expect(page.getByRole('status')).toHaveText('You are still signed in.')
    await expect(countdownOf(page)).toHaveText('4:30')
    expect(await token(context)).not.toBe(before)
  })
}

test('the dialog holds the focus, and Sign out in it signs out', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.advance(BEFORE_WINDOW)
  await latchkey.advance(TO_DIALOG)
  const dialog = dialogOf(page)
  await expect(dialog.getByRole('button', { name: 'Stay signed in' })).toBeFocused()
  const stops: string[] = []
  for (let presses = 0; presses < 8; presses++) {
    await page.keyboard.press('Tab')
    stops.push(await page.evaluate(() => document.activeElement?.closest('body, button')?.textContent ?? ''))
    if (stops.at(-1)?.includes('Welcome')) stops[presses] = 'the browser'
  }
  // After the last button the browser's own bar may have its turn, then the dialog again: never the page behind.
  expect(stops[0]).toBe('Sign out')
  expect(new Set(stops)).toEqual(new Set(['Sign out', 'the browser', 'Stay signed in']))
  const signOut = dialog.getByRole('button', { name: 'Sign out' })
  await expect(async () => {
    await page.keyboard.press('Shift+Tab')
    expect(await signOut.evaluate((button) => button === document.activeElement)).toBe(true)
  }).toPass({ intervals: [0] })
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').first()).toHaveText('You have signed out.')
})

for (const cookie of ['still there', 'gone with its token'] as const) {
  test(`whoever does not answer is signed out and comes back to the same page (cookie ${cookie})`, async ({
    page,
    context,
    latchkey,
  }) => {
    await latchkey.signIn(page, '/welcome?tab=two')
    await latchkey.advance(BEFORE_WINDOW)
    await latchkey.advance(TO_DIALOG)
    await latchkey.advance(27)
    await expect(dialogOf(page)).toHaveAccessibleName('You will be signed out in 0:01')
    // A browser drops the cookie when its Max-Age is over; here its clock runs on by itself.
    if (cookie === 'gone with its token') await context.clearCookies()
    await latchkey.advance(1)
    await expect(page.getByRole('status').first()).toHaveText('Your sign-in expired. Sign in again to go on.')
    await fillIn(page, ADA)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL('/welcome?tab=two')
  })
}

test('a laptop that wakes after the end finds the sign-in page', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await act(page)
  await latchkey.advance(8 * 3600)
  await expect(page.getByRole('status').first()).toHaveText('Your sign-in expired. Sign in again to go on.')
})

test.describe('at the absolute end', () => {
  test.use({ settings: { sessionMaxAgeSeconds: 600 } })

  test('the last stretch is announced and cannot be extended', async ({ page, latchkey }) => {
    await latchkey.signIn(page)
    const renewals = countRenewals(page)
    for (const round of [1, 2]) {
      await latchkey.advance(BEFORE_WINDOW)
      await act(page)
      await latchkey.advance(TO_WINDOW)
      expect(renewals).toHaveLength(round)
    }
    // Renewed at 540 s, for the 60 s that are left. Its window opens at 570.
    await expect(countdownOf(page)).toHaveText('0:30')
    await act(page)
    await latchkey.advance(31)
    await latchkey.advance(1)
    const dialog = dialogOf(page)
    await expect(dialog).toHaveAccessibleName('You will be signed out in 0:28')
    await expect(dialog).toHaveAccessibleDescription(/cannot be extended/)
    await expect(dialog.getByText('You have not used this page')).toBeHidden()
    await expect(dialog.getByRole('button', { name: 'Stay signed in' })).toBeHidden()
    await expect(dialog.getByRole('button', { name: 'Sign out' })).toBeFocused()
    await page.keyboard.press('Escape')
    // Put away, it stays away: what is on the page can still be copied.
    await latchkey.advance(10)
    await expect(dialog).toBeHidden()
    expect(renewals).toHaveLength(2)
    await latchkey.advance(18)
    await expect(page.getByRole('status').first()).toHaveText('Your sign-in expired. Sign in again to go on.')
  })
})
