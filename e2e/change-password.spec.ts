import type { Page } from '@playwright/test'
import { ADA, ADA_STAYING, expect, fillIn, test } from './fixture.ts'
import { refreshToken, sleep, statusOf } from './session-page.ts'
import { FIREFOX_ON_WINDOWS, SAFARI_ON_IPHONE } from './user-agents.ts'

const NEW_PASSWORD = 'another plain sentence'
const CHANGED = 'Your password was changed, and all other devices were signed out.'
const FRESH_SECONDS = 20 * 60

test.use(FIREFOX_ON_WINDOWS)

const currentField = (page: Page) => page.getByLabel('Current password', { exact: true })
const newField = (page: Page) => page.getByLabel('New password', { exact: true })

async function changePassword(page: Page, current: string, next: string): Promise<void> {
  await currentField(page).fill(current)
  await newField(page).fill(next)
  await page.getByRole('button', { name: 'Change password' }).click()
}

test('a fresh sign-in goes straight to the form', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/account')
  await page.getByRole('link', { name: 'Change password' }).click()
  await expect(page).toHaveURL('/account/password')
  await expect(currentField(page)).toBeFocused()
  await expect(newField(page)).toHaveAccessibleDescription(/At least 15 characters/)
})

test('after 20 minutes the password is asked for first, and then the form comes', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page, '/account', ADA_STAYING)
  await sleep(latchkey, FRESH_SECONDS, context)
  await page.goto('/account/password')
  await expect(currentField(page)).toBeVisible()
  await sleep(latchkey, 1, context)
  await page.goto('/account')
  await page.getByRole('link', { name: 'Change password' }).click()
  await expect(page.getByRole('heading', { name: 'Enter your password again' })).toBeVisible()
  const password = page.getByLabel('Password', { exact: true })
  await expect(password).toBeFocused()

  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  await expect(password).toHaveAccessibleDescription('The password is not right.')
  await expect(password).toBeFocused()
  await expect(password).toHaveValue('')

  await page.keyboard.type(ADA.password)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL('/account/password')
  await expect(currentField(page)).toBeVisible()
  expect(await refreshToken(context), 'the device stays signed in').toBeDefined()
})

test('a form that was open for 20 minutes changes nothing before the password was given again', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page, '/account/password', ADA_STAYING)
  await sleep(latchkey, FRESH_SECONDS + 1, context)
  await changePassword(page, ADA.password, NEW_PASSWORD)
  await expect(page.getByRole('heading', { name: 'Enter your password again' })).toBeVisible()
  await page.keyboard.type(ADA.password)
  await page.keyboard.press('Enter')
  await changePassword(page, ADA.password, NEW_PASSWORD)
  await expect(statusOf(page)).toHaveText(CHANGED)
})

for (const [name, current, next, field, reason] of [
  ['a wrong current password', 'not the password', NEW_PASSWORD, currentField, 'The password is not right.'],
  ['a short new password', ADA.password, 'short', newField, 'Use at least 15 characters.'],
  [
    'a common new password',
    ADA.password,
    'passwordpassword',
    newField,
    'This password is one of the most common ones, and the first to be tried. Choose another.',
  ],
  [
    'the password there is',
    ADA.password,
    ADA.password,
    newField,
    'This is the password you have now. Choose another.',
  ],
] as const) {
  test(`${name} is told beside the field, and nothing that was typed is shown again`, async ({
    page,
    latchkey,
  }) => {
    await latchkey.signIn(page, '/account/password')
    await changePassword(page, current, next)
    await expect(page.getByRole('alert')).toHaveText(reason)
    await expect(page).toHaveTitle(/^Error: /)
    await expect(field(page)).toHaveAccessibleDescription(new RegExp(reason))
    await expect(field(page)).toBeFocused()
    for (const empty of [currentField(page), newField(page)]) await expect(empty).toHaveValue('')
    const source = await page.content()
    for (const typed of [current, next]) expect(source).not.toContain(typed)
  })
}

for (const user of [ADA, ADA_STAYING]) {
  test(`a new password ends every other sign-in and keeps this device (${user.remember ? 'staying' : 'not staying'} signed in)`, async ({
    page,
    context,
    latchkey,
  }) => {
    const phone = await (await latchkey.otherBrowser(SAFARI_ON_IPHONE)).newPage()
    await latchkey.signIn(phone, '/welcome?tab=two', ADA_STAYING)
    await latchkey.signIn(page, '/account/password', user)
    await changePassword(page, ADA.password, NEW_PASSWORD)
    await expect(statusOf(page)).toHaveText(CHANGED)
    await expect(page).toHaveURL('/account?notice=password-changed')

    await latchkey.advance(31)
    await expect(statusOf(phone)).toHaveText('Your password was changed. Sign in with the new one.')
    await expect(page.getByRole('heading', { name: 'Account' })).toBeVisible()
    await fillIn(phone, ADA)
    await phone.getByRole('button', { name: 'Sign in' }).click()
    await expect(phone.getByRole('alert')).toHaveText('The username or the password is not right.')
    await fillIn(phone, { ...ADA, password: NEW_PASSWORD })
    await phone.getByRole('button', { name: 'Sign in' }).click()
    await expect(phone).toHaveURL('/welcome?tab=two')

    await sleep(latchkey, 3600, context)
    await page.goto('/welcome')
    const stays = page.getByRole('heading', { name: 'Welcome ada!' })
    await expect(user.remember ? stays : page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  })
}

test('cookies of before the change are worth nothing, also those of this device', async ({
  page,
  context,
  request,
  latchkey,
}) => {
  await latchkey.signIn(page, '/account/password', ADA_STAYING)
  const before = await context.cookies()
  await changePassword(page, ADA.password, NEW_PASSWORD)
  await expect(statusOf(page)).toHaveText(CHANGED)
  for (const { name, value } of before) {
    const headers = { cookie: `${name}=${value}`, accept: '*/*' }
    expect((await request.get('/welcome', { headers })).status(), name).toBe(401)
  }
})

test('another tab of this device goes on with the new sign-in', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page, '/account/password')
  const other = await context.newPage()
  await other.goto('/welcome?tab=two')
  await changePassword(page, ADA.password, NEW_PASSWORD)
  await expect(statusOf(page)).toHaveText(CHANGED)
  await latchkey.advance(31)
  await other.getByRole('link', { name: 'Account' }).click()
  await expect(other.getByRole('heading', { name: 'Account' })).toBeVisible()
})

test('"Recent activity" tells what was tried and done, and from where', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/account/password')
  await changePassword(page, 'not the password', NEW_PASSWORD)
  await expect(page.getByRole('alert')).toBeVisible()
  await changePassword(page, ADA.password, NEW_PASSWORD)
  await expect(page.getByRole('heading', { name: 'Recent activity' })).toBeVisible()
  const activity = page.getByRole('main').getByRole('listitem')
  await expect(activity.filter({ hasText: 'Firefox on Windows, from 127.0.0.1' }).first()).toBeVisible()
  await expect(activity).toContainText([
    'Signed in',
    'Signed out: the password was changed',
    'Password changed',
    'Password not changed: the current password was wrong',
    'Signed in',
    'Account created',
  ])
})

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('the password can be changed too, from the question to the notice', async ({
    page,
    context,
    latchkey,
  }) => {
    const phone = await (await latchkey.otherBrowser(SAFARI_ON_IPHONE)).newPage()
    await latchkey.signIn(phone, '/welcome', ADA_STAYING)
    await latchkey.signIn(page, '/account', ADA_STAYING)
    await sleep(latchkey, FRESH_SECONDS + 1, context)
    await page.getByRole('link', { name: 'Change password' }).click()
    await page.getByLabel('Password', { exact: true }).fill(ADA.password)
    await page.getByRole('button', { name: 'Continue' }).click()
    await changePassword(page, ADA.password, 'short')
    await expect(page.getByRole('alert')).toHaveText('Use at least 15 characters.')
    await expect(newField(page)).toBeFocused()
    await changePassword(page, ADA.password, NEW_PASSWORD)
    await expect(statusOf(page)).toHaveText(CHANGED)
    await phone.reload()
    await expect(statusOf(phone)).toHaveText('Your password was changed. Sign in with the new one.')
  })
})
