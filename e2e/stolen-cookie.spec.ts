import type { BrowserContext } from '@playwright/test'
import { ADA, ADA_STAYING, expect, fillIn, type Latchkey, test } from './fixture.ts'
import { refreshToken, sleep, statusOf } from './session-page.ts'
import { FIREFOX_ON_WINDOWS, SAFARI_ON_IPHONE } from './user-agents.ts'

const HOUR = 3600
const FOR_YOUR_SAFETY = 'For your safety this device was signed out: an old copy of its sign-in was used.'

test.use(FIREFOX_ON_WINDOWS)

/** A browser elsewhere, with a copy of what keeps this one signed in. */
async function steal(latchkey: Latchkey, context: BrowserContext): Promise<BrowserContext> {
  const thief = await latchkey.otherBrowser(SAFARI_ON_IPHONE)
  await thief.addCookies([{ name: 'refresh', value: (await refreshToken(context)) ?? '', url: latchkey.url }])
  return thief
}

test('a copy shown after its owner has moved on twice ends the sign-in for both, and the owner learns why', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const thief = await (await steal(latchkey, context)).newPage()
  for (const _ of [1, 2]) {
    await sleep(latchkey, HOUR, context)
    await page.goto('/welcome?tab=two')
    await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  }
  await thief.goto('/welcome')
  await expect(thief.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  expect(await thief.context().cookies()).toEqual([])

  await latchkey.advance(31)
  await expect(statusOf(page)).toHaveText(FOR_YOUR_SAFETY)
  expect(await context.cookies()).toEqual([])
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/welcome?tab=two')

  await page.goto('/sessions')
  await expect(
    page.getByText('Signed out for your safety: an old copy of its sign-in was used'),
  ).toBeVisible()
  await page.goto('/account')
  const told = page.getByRole('listitem').filter({ hasText: 'An old copy of a sign-in was used' })
  await expect(told).toContainText('Firefox on Windows, from 127.0.0.1')
})

test('a thief who is quicker is found out when the owner comes back', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const elsewhere = await steal(latchkey, context)
  const thief = await elsewhere.newPage()
  for (const _ of [1, 2]) {
    await sleep(latchkey, HOUR, elsewhere)
    await thief.goto('/welcome')
    await expect(thief.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  }
  await sleep(latchkey, 0, context)
  await page.goto('/welcome')
  await expect(statusOf(page)).toHaveText(FOR_YOUR_SAFETY)
  await latchkey.advance(31)
  await expect(statusOf(thief)).toHaveText(FOR_YOUR_SAFETY)
})

test('the other sign-ins of the owner go on', async ({ page, context, latchkey }) => {
  const phone = await (await latchkey.otherBrowser(SAFARI_ON_IPHONE)).newPage()
  await latchkey.signIn(phone, '/welcome', ADA_STAYING)
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const thief = await (await steal(latchkey, context)).newPage()
  for (const _ of [1, 2]) {
    await sleep(latchkey, HOUR, context)
    await page.goto('/welcome')
  }
  await thief.goto('/welcome')
  await expect(statusOf(thief)).toHaveText(FOR_YOUR_SAFETY)
  await phone.reload()
  await expect(phone.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})

for (const [name, token] of [
  ['made up', (owners: string) => `${owners.split('.')[0]}.${'A'.repeat(43)}.${'A'.repeat(43)}`],
  ['not a token', () => 'nonsense'],
] as const) {
  test(`a refresh cookie that we never made ends nothing (${name})`, async ({ page, context, latchkey }) => {
    await latchkey.signIn(page, '/welcome', ADA_STAYING)
    const forger = await latchkey.otherBrowser(SAFARI_ON_IPHONE)
    const value = token((await refreshToken(context)) ?? '')
    await forger.addCookies([{ name: 'refresh', value, url: latchkey.url }])
    const forged = await forger.newPage()
    await forged.goto('/welcome')
    await expect(forged.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    await sleep(latchkey, HOUR, context)
    await page.goto('/welcome')
    await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  })
}
