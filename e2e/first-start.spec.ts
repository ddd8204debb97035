import { ADA, expect, fillIn, test } from './fixture.ts'

test('the printed link makes the first account, signs it in, and is gone', async ({ page, latchkey }) => {
  const setup = `/setup?code=${await latchkey.call('setupCode')}`
  await page.goto('/')
  await expect(page.getByText('Nobody has an account here yet.')).toBeVisible()
  await page.goto(setup)
  await expect(page.getByLabel('Username')).toBeFocused()
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await expect(page).toHaveURL('/welcome')

  const again = await page.goto(setup)
  expect(again?.status()).toBe(404)
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible()
  await page.goto('/welcome')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByText('You have signed out.')).toBeVisible()
  await expect(page.getByText('Nobody has an account here yet.')).toBeHidden()
})

for (const [password, reason] of [
  ['short', 'Use at least 15 characters.'],
  ['adalovelace-adalovelace', 'This password is too much like the name of the user or of this service.'],
] as const) {
  test(`a refused password (${password}) keeps the name and the code, and says why`, async ({
    page,
    latchkey,
  }) => {
    const user = { ...ADA, username: 'adalovelace' }
    await page.goto(`/setup?code=${await latchkey.call('setupCode')}`)
    await fillIn(page, { ...user, password })
    await page.getByRole('button', { name: 'Create account' }).click()
    const field = page.getByLabel('Password', { exact: true })
    await expect(page.getByRole('alert')).toContainText(reason)
    await expect(field).toHaveAccessibleDescription(new RegExp(reason))
    await expect(field).toBeFocused()
    await expect(page.getByLabel('Username')).toHaveValue(user.username)
    await page.keyboard.type(user.password)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Welcome adalovelace!' })).toBeVisible()
  })
}

test('a refused username says why beside it', async ({ page, latchkey }) => {
  await page.goto(`/setup?code=${await latchkey.call('setupCode')}`)
  await fillIn(page, { ...ADA, username: 'not a name' })
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByLabel('Username')).toHaveAccessibleDescription(/1 to 64/)
  await expect(page.getByLabel('Username')).toBeFocused()
})

test('a link from an earlier start is refused, with what to do', async ({ page, latchkey }) => {
  const old = await latchkey.call('setupCode')
  await latchkey.call('setupCode')
  const answer = await page.goto(`/setup?code=${old}`)
  expect(answer?.status()).toBe(403)
  await expect(page.getByText("Open the newest link in the server's log.")).toBeVisible()
})
