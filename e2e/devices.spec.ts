import type { Locator, Page } from '@playwright/test'
import { ADA, ADA_STAYING, expect, fillIn, type Latchkey, test } from './fixture.ts'
import { sleep, statusOf } from './session-page.ts'
import { FIREFOX_ON_WINDOWS, SAFARI_ON_IPHONE } from './user-agents.ts'

const ENDED_ELSEWHERE = 'This device was signed out from somewhere else.'

test.use(FIREFOX_ON_WINDOWS)

/** A page of a phone on which Ada is signed in. */
async function signInOnPhone(latchkey: Latchkey, path = '/welcome', user = ADA): Promise<Page> {
  const phone = await latchkey.otherBrowser(SAFARI_ON_IPHONE)
  const page = await phone.newPage()
  await latchkey.signIn(page, path, user)
  return page
}

/** An entry of the list of devices, or of those signed out. */
const entry = (page: Page, text: string) => page.getByRole('listitem').filter({ hasText: text })
const endPhone = (page: Page) => page.getByRole('button', { name: 'Sign out Safari on iPhone' })

/** Walks to a control as a person does who has no mouse. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  const isFocused = () => control.evaluate((element) => element === document.activeElement)
  for (let presses = 0; presses < 30 && !(await isFocused()); presses++) await page.keyboard.press('Tab')
  await expect(control).toBeFocused()
}

test('each device sees both in words, with its own marked and first', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/sessions')
  await expect(page.getByText('You are signed in on no other device.')).toBeVisible()
  const phone = await signInOnPhone(latchkey, '/sessions')
  for (const [at, own, others] of [
    [page, 'Firefox on Windows', 'Safari on iPhone'],
    [phone, 'Safari on iPhone', 'Firefox on Windows'],
  ] as const) {
    await at.reload()
    const devices = at.getByRole('main').getByRole('listitem')
    await expect(devices).toHaveCount(2)
    await expect(devices.first()).toContainText(own)
    await expect(devices.first()).toContainText('This device')
    await expect(devices.first()).toContainText(/Last seen\s*now/)
    await expect(devices.last()).toContainText(others)
    await expect(devices.last()).toContainText('127.0.0.1')
    await expect(devices.last()).not.toContainText('This device')
  }
})

test('when another device was last seen is told, to the minute', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  const phone = await signInOnPhone(latchkey)
  const lastSeenAt = async () => {
    await page.goto('/sessions')
    const seen = page.locator('dt', { hasText: 'Last seen' }).locator('+ dd > time')
    return Date.parse((await seen.getAttribute('datetime')) ?? '')
  }
  const first = await lastSeenAt()
  for (const [seconds, moved] of [
    [59, 0],
    [1, 60_000],
  ] as const) {
    await latchkey.call('advance', seconds)
    await phone.reload()
    expect((await lastSeenAt()) - first).toBe(moved)
  }
})

test('a device that was ended goes to the sign-in page by itself, says why, and comes back', async ({
  page,
  latchkey,
}) => {
  await latchkey.signIn(page, '/sessions')
  const phone = await signInOnPhone(latchkey, '/welcome?tab=two')
  await page.reload()
  await endPhone(page).click()
  await expect(statusOf(page)).toHaveText('That device was signed out.')
  await expect(page.getByText('You are signed in on no other device.')).toBeVisible()

  await latchkey.advance(31)
  await expect(statusOf(phone)).toHaveText(ENDED_ELSEWHERE)
  await fillIn(phone, ADA)
  await phone.getByRole('button', { name: 'Sign in' }).click()
  await expect(phone).toHaveURL('/welcome?tab=two')
  // Whoever ended it is still signed in.
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Your devices' })).toBeVisible()
})

for (const user of [ADA, ADA_STAYING]) {
  test(`the next request of a device that was ended is refused (${user.remember ? 'staying' : 'not staying'} signed in)`, async ({
    page,
    latchkey,
  }) => {
    await latchkey.signIn(page, '/sessions')
    const phone = await signInOnPhone(latchkey, '/welcome', user)
    await page.reload()
    await endPhone(page).click()
    await expect(statusOf(page)).toHaveText('That device was signed out.')

    await phone.goto('/account?tab=two')
    await expect(statusOf(phone)).toHaveText(ENDED_ELSEWHERE)
    expect(await phone.context().cookies()).toEqual([])
    await fillIn(phone, ADA)
    await phone.getByRole('button', { name: 'Sign in' }).click()
    await expect(phone).toHaveURL('/account?tab=two')
  })
}

test('a device that stays signed in and was ended while it slept does not come back', async ({
  page,
  latchkey,
}) => {
  await latchkey.signIn(page, '/sessions', ADA_STAYING)
  const phone = await signInOnPhone(latchkey, '/welcome', ADA_STAYING)
  await sleep(latchkey, 3600, page.context(), phone.context())
  await page.reload()
  await endPhone(page).click()
  await expect(statusOf(page)).toHaveText('That device was signed out.')
  await phone.goto('/welcome')
  await expect(statusOf(phone)).toHaveText(ENDED_ELSEWHERE)
})

test('all other devices are ended at once, and this one stays', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/sessions')
  const others = [await signInOnPhone(latchkey), await signInOnPhone(latchkey, '/sessions', ADA_STAYING)]
  await page.reload()
  await page.getByRole('button', { name: 'Sign out all other devices' }).click()
  await expect(statusOf(page)).toHaveText('All other devices were signed out.')
  await expect(page.getByText('You are signed in on no other device.')).toBeVisible()
  await latchkey.advance(31)
  for (const phone of others) await expect(statusOf(phone)).toHaveText(ENDED_ELSEWHERE)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Your devices' })).toBeVisible()
})

test('how each sign-in ended is told, the last one first', async ({ page, latchkey }) => {
  const password = 'another plain sentence'
  await latchkey.signIn(page, '/sessions', ADA_STAYING)

  const phone = await signInOnPhone(latchkey)
  await phone.getByRole('button', { name: 'Sign out' }).click()
  await expect(statusOf(phone)).toHaveText('You have signed out.')

  await latchkey.call('advance', 10)
  await latchkey.signIn(phone)
  await page.reload()
  await endPhone(page).click()
  await expect(statusOf(page)).toHaveText('That device was signed out.')

  await latchkey.call('advance', 10)
  await latchkey.signIn(phone)
  await page.goto('/account/password')
  await page.getByLabel('Current password', { exact: true }).fill(ADA.password)
  await page.getByLabel('New password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await expect(statusOf(page)).toHaveText('Your password was changed, and all other devices were signed out.')

  await latchkey.call('advance', 10)
  await latchkey.signIn(phone, '/welcome', { ...ADA, password })
  await latchkey.call('advance', 300)

  await page.goto('/sessions')
  await expect(page.getByText('You are signed in on no other device.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Signed out lately' })).toBeVisible()
  await expect(entry(page, 'Safari on iPhone')).toContainText([
    'The sign-in expired',
    'Signed out: the password was changed',
    'Signed out: ended from another device',
    /Signed out\s+127/,
  ])
})

test('Sign out on the entry of this device signs it out', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/sessions')
  await page.getByRole('button', { name: 'Sign out this device' }).click()
  await expect(statusOf(page)).toHaveText('You have signed out.')
  expect(await page.context().cookies()).toEqual([])
})

test('a device that is gone already is told to be, with the way back', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/sessions')
  const phone = await signInOnPhone(latchkey)
  await page.reload()
  await phone.getByRole('button', { name: 'Sign out' }).click()
  await expect(statusOf(phone)).toHaveText('You have signed out.')
  await endPhone(page).click()
  await expect(page.getByText('That device is not signed in any more.')).toBeVisible()
  await page.getByRole('link', { name: 'Your devices' }).click()
  await expect(page.getByText('You are signed in on no other device.')).toBeVisible()
})

test('all of it can be done with the keyboard', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/sessions')
  const phones = [await signInOnPhone(latchkey), await signInOnPhone(latchkey)]
  await page.reload()
  await tabTo(page, endPhone(page).first())
  await page.keyboard.press('Enter')
  await expect(statusOf(page)).toHaveText('That device was signed out.')
  await expect(endPhone(page)).toHaveCount(1)
  await tabTo(page, page.getByRole('button', { name: 'Sign out all other devices' }))
  await page.keyboard.press('Space')
  await expect(statusOf(page)).toHaveText('All other devices were signed out.')
  await latchkey.advance(31)
  for (const phone of phones) await expect(statusOf(phone)).toHaveText(ENDED_ELSEWHERE)
})

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('all of it can be done too', async ({ page, latchkey }) => {
    await latchkey.signIn(page, '/sessions')
    const phone = await signInOnPhone(latchkey)
    const tablet = await signInOnPhone(latchkey)
    await page.reload()
    await expect(endPhone(page)).toHaveCount(2)
    // The newest is on top.
    await endPhone(page).first().click()
    await expect(statusOf(page)).toHaveText('That device was signed out.')
    await tablet.goto('/welcome?tab=two')
    await expect(statusOf(tablet)).toHaveText(ENDED_ELSEWHERE)
    await fillIn(tablet, ADA)
    await tablet.getByRole('button', { name: 'Sign in' }).click()
    await expect(tablet).toHaveURL('/welcome?tab=two')

    await page.reload()
    await page.getByRole('button', { name: 'Sign out all other devices' }).click()
    await expect(statusOf(page)).toHaveText('All other devices were signed out.')
    for (const other of [phone, tablet]) {
      await other.goto('/sessions')
      await expect(statusOf(other)).toHaveText(ENDED_ELSEWHERE)
    }
  })
})
