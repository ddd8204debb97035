import { expect, test } from './fixture.ts'

test('after signing out, Back does not show the page', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await page.goto('/welcome?tab=two')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('status').first()).toHaveText('You have signed out.')
  await page.goBack()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(page.getByText('Welcome ada!')).toBeHidden()
})

test('a cookie kept from before is refused after signing out', async ({
  page,
  context,
  request,
  latchkey,
}) => {
  await latchkey.signIn(page)
  const [cookie] = await context.cookies()
  const headers = { cookie: `token=${cookie?.value}`, accept: '*/*' }
  expect((await request.get('/welcome', { headers })).status()).toBe(200)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  expect(await context.cookies()).toEqual([])
  expect((await request.get('/welcome', { headers })).status()).toBe(401)
})

test('GET /logout asks first', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await page.goto('/logout')
  await expect(page.getByRole('heading', { name: 'Sign out?' })).toBeVisible()
  await expect(page.getByText('You are signed in as ada.')).toBeVisible()
  await page.getByRole('link', { name: 'Stay signed in' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()

  await page.goto('/logout')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('status').first()).toHaveText('You have signed out.')
  await page.goto('/logout')
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/signin')
})

test('signing out works when the session is long over', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.call('advance', 3600)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('status').first()).toHaveText('You have signed out.')
})
