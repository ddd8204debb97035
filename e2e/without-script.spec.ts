import { ADA, expect, fillIn, test } from './fixture.ts'

test.use({ javaScriptEnabled: false })

test('without scripts a whole sign-in can be lived, from the first page to the last', async ({
  page,
  context,
  latchkey,
}) => {
  const token = async () => (await context.cookies()).find(({ name }) => name === 'token')?.value
  const status = page.getByRole('status').first()
  await latchkey.call('addUser', ADA.username, ADA.password)
  await page.goto('/welcome?tab=two')
  await fillIn(page, { ...ADA, password: 'not the password' })
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toHaveText('The username or the password is not right.')
  await page.getByLabel('Password', { exact: true }).fill(ADA.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/welcome?tab=two')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await expect(page.getByText('Next renewal in')).toBeHidden()
  const first = await token()

  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expect(page.getByRole('heading', { name: 'Too early to renew' })).toBeVisible()
  expect(await token()).toBe(first)
  await page.getByRole('link', { name: 'Back' }).click()

  const signedInUntil = page.locator('noscript time').first()
  const before = await signedInUntil.textContent()
  await latchkey.advance(275)
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await expect(signedInUntil).not.toHaveText(before ?? '')
  expect(await token()).not.toBe(first)

  await latchkey.advance(300)
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expect(status).toHaveText('Your sign-in expired. Sign in again to go on.')
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/welcome')

  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(status).toHaveText('You have signed out.')
  expect(await token()).toBeUndefined()
  await page.goBack()
  await expect(page.getByText('Welcome ada!')).toBeHidden()
})

test('without scripts the first account can be made', async ({ page, latchkey }) => {
  await page.goto(`/setup?code=${await latchkey.call('setupCode')}`)
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})
