import type { Page } from '@playwright/test'
import { expect, test } from './fixture.ts'

/** Sends a form of our own page, changed as a broken page or program would send it. */
const sendForm = (page: Page, change: { action?: string; enctype?: string; password?: string }) =>
  page.evaluate(({ action, enctype, password }) => {
    const form = document.querySelector('form')
    if (!form) throw new Error('there is no form on the page')
    for (const input of form.querySelectorAll('input')) input.value ||= 'something'
    const field = form.querySelector<HTMLInputElement>('[name=password]')
    if (password && field) field.value = password
    if (action) form.action = action
    if (enctype) form.enctype = enctype
    form.requestSubmit()
  }, change)

test('404: an unknown address leads to the start', async ({ page }) => {
  const answer = await page.goto('/nowhere')
  expect(answer?.status()).toBe(404)
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible()
  await expect(page.getByText('Error 404')).toBeVisible()
  await page.getByRole('link', { name: 'To the start' }).click()
  await expect(page).toHaveURL('/signin')
})

test('403: a form of another address names the address to open', async ({ page, latchkey }) => {
  await page.route('http://elsewhere.test/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${latchkey.url}/signin"><input name="username" value="ada">
        <input name="password" value="stolen"><button>Win a prize</button></form>`,
    }),
  )
  await page.goto('http://elsewhere.test/')
  const answered = page.waitForResponse('**/signin')
  await page.getByRole('button', { name: 'Win a prize' }).click()
  expect((await answered).status()).toBe(403)
  await expect(page.getByRole('heading', { name: 'Sent from another address' })).toBeVisible()
  await page.getByRole('link', { name: `Open ${latchkey.url}` }).click()
  await expect(page).toHaveURL('/signin')
})

test('405: an address that takes no form says so, and what it takes', async ({ page }) => {
  await page.goto('/signin')
  const answered = page.waitForResponse('**/welcome')
  await sendForm(page, { action: '/welcome' })
  const answer = await answered
  expect(answer.status()).toBe(405)
  expect(answer.headers().allow).toMatch(/\bGET\b/)
  await expect(page.getByRole('heading', { name: 'Not this way' })).toBeVisible()
  await page.getByRole('link', { name: 'To the start' }).click()
  await expect(page).toHaveURL('/signin')
})

test('413: too much is refused with a page', async ({ page }) => {
  await page.goto('/signin')
  await sendForm(page, { password: 'x'.repeat(17 * 1024) })
  await expect(page.getByRole('heading', { name: 'Too large' })).toBeVisible()
  await page.getByRole('link', { name: 'To the start' }).click()
  await expect(page).toHaveURL('/signin')
})

test('415: the sign-in form is shown again when it was sent in another form', async ({ page }) => {
  await page.goto('/signin')
  const answered = page.waitForResponse('**/signin')
  await sendForm(page, { enctype: 'text/plain' })
  expect((await answered).status()).toBe(415)
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Username')).toBeVisible()
})

test('a page asked for as 127.0.0.1 is shown as localhost, where its cookie belongs', async ({
  page,
  latchkey,
}) => {
  await latchkey.signIn(page)
  await page.goto(`${latchkey.url.replace('localhost', '127.0.0.1')}/welcome?tab=two`)
  await expect(page).toHaveURL(`${latchkey.url}/welcome?tab=two`)
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})

test('the request number on the page can be quoted', async ({ page }) => {
  await page.goto('/nowhere')
  await expect(page.getByText(/Request [0-9a-f-]{36}/)).toBeVisible()
})
