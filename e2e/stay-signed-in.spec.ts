import { ADA, ADA_STAYING, expect, fillIn, test } from './fixture.ts'
import {
  act,
  BEFORE_WINDOW,
  dialogOf,
  refreshToken,
  sleep,
  statusOf,
  TO_DIALOG,
  token,
} from './session-page.ts'
import { SAFARI_ON_IPHONE } from './user-agents.ts'

const HOUR = 3600
const DAY = 24 * HOUR
const EXPIRED = 'Your sign-in expired. Sign in again to go on.'

test('the box is empty at first, and as it was after a refused password', async ({
  page,
  context,
  latchkey,
}) => {
  const box = page.getByRole('checkbox', { name: 'Stay signed in on this device' })
  await latchkey.call('addUser', ADA.username, ADA.password)
  await page.goto('/signin')
  await expect(box).not.toBeChecked()
  await expect(box).toHaveAccessibleDescription('Not on a device that others use.')

  await fillIn(page, { ...ADA_STAYING, password: 'not the password' })
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(box).toBeChecked()
  await fillIn(page, ADA)
  await page.keyboard.press('Enter')
  await expect(page.getByText('This device stays signed in, at the latest until')).toBeVisible()
  expect(await refreshToken(context)).toBeDefined()
})

for (const cookie of ['still there', 'gone with its token'] as const) {
  test(`after an hour away the page opens signed in (cookie ${cookie})`, async ({
    page,
    context,
    latchkey,
  }) => {
    await latchkey.signIn(page, '/welcome', ADA_STAYING)
    const before = [await token(context), await refreshToken(context)]
    await page.close()
    await latchkey.call('advance', HOUR)
    if (cookie === 'gone with its token') await context.clearCookies({ name: 'token' })
    const later = await context.newPage()
    await later.goto('/welcome?tab=two')
    await expect(later.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
    await expect(later).toHaveURL('/welcome?tab=two')
    for (const old of before) expect([await token(context), await refreshToken(context)]).not.toContain(old)
  })
}

test('a week without use signs the device out, and says why', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  await sleep(latchkey, 7 * DAY - 1, context)
  await page.goto('/welcome')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()

  await sleep(latchkey, 7 * DAY, context)
  await page.goto('/welcome?tab=two')
  await expect(statusOf(page)).toHaveText(EXPIRED)
  expect(await context.cookies()).toEqual([])
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/welcome?tab=two')
})

test('30 days after the password was given it is asked for again, however much the device is used', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  for (const days of [6, 6, 6, 6]) {
    await sleep(latchkey, days * DAY, context)
    await page.goto('/welcome')
    await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  }
  await sleep(latchkey, 6 * DAY - 1, context)
  await page.goto('/welcome')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await sleep(latchkey, 1, context)
  await page.goto('/welcome')
  await expect(statusOf(page)).toHaveText(EXPIRED)
  expect(await context.cookies()).toEqual([])
})

test.describe('at the absolute end', () => {
  test.use({ settings: { rememberMaxAgeSeconds: 600 } })

  test('a device that stays signed in is told too, and cannot extend it', async ({ page, latchkey }) => {
    await latchkey.signIn(page, '/welcome', ADA_STAYING)
    for (const _ of [1, 2]) {
      await latchkey.advance(BEFORE_WINDOW)
      await latchkey.advance(TO_DIALOG)
      await expect(dialogOf(page)).toBeHidden()
    }
    await latchkey.advance(30)
    await expect(dialogOf(page)).toHaveAccessibleDescription(/cannot be extended/)
    await latchkey.advance(30)
    await expect(statusOf(page)).toHaveText(EXPIRED)
  })
})

test('an idle page is not asked, and stays signed in', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  for (let seconds = 0; seconds < HOUR; seconds += BEFORE_WINDOW + TO_DIALOG) {
    const before = await token(context)
    await latchkey.advance(BEFORE_WINDOW)
    await latchkey.advance(TO_DIALOG)
    await expect(dialogOf(page)).toBeHidden()
    expect(await token(context)).not.toBe(before)
  }
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})

test('a laptop that wakes after an hour goes on where it was', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page, '/welcome?tab=two', ADA_STAYING)
  const before = await token(context)
  await latchkey.advance(HOUR)
  await expect(page).toHaveURL('/welcome?tab=two')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await expect(dialogOf(page)).toBeHidden()
  expect(await token(context)).not.toBe(before)
})

test('a laptop that wakes after a week finds the sign-in page', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/welcome?tab=two', ADA_STAYING)
  await act(page)
  await latchkey.advance(7 * DAY)
  await expect(statusOf(page)).toHaveText(EXPIRED)
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/welcome?tab=two')
})

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled })

    test('a form sent after a pause of an hour is not lost', async ({ page, context, latchkey }) => {
      const phone = await latchkey.otherBrowser(SAFARI_ON_IPHONE)
      await latchkey.signIn(await phone.newPage(), '/welcome', ADA_STAYING)
      await latchkey.signIn(page, '/sessions', ADA_STAYING)
      await sleep(latchkey, HOUR, context)
      await page.getByRole('button', { name: 'Sign out Safari on iPhone' }).click()
      await expect(statusOf(page)).toHaveText('That device was signed out.')
      await expect(page.getByText('You are signed in on no other device.')).toBeVisible()
    })
  })
}
