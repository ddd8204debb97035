import { ADA, expect, fillIn, test } from './fixture.ts'

test('a wrong password keeps the username, says so, and puts the cursor where it is needed', async ({
  page,
  latchkey,
}) => {
  await latchkey.call('addUser', ADA.username, ADA.password)
  await page.goto('/signin')
  await expect(page.getByLabel('Username')).toBeFocused()
  await fillIn(page, { ...ADA, password: 'not the password' })
  await page.keyboard.press('Enter')

  await expect(page.getByRole('alert')).toHaveText('The username or the password is not right.')
  await expect(page).toHaveTitle(/^Error: /)
  await expect(page.getByLabel('Username')).toHaveValue('ada')
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('')
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(
    'The username or the password is not right.',
  )

  await page.keyboard.type(ADA.password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await expect(page).toHaveURL('/welcome')
})

test('a deep link leads through sign-in to where it points, query and all', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/welcome?tab=two&q=a%26b')
  await expect(page).toHaveURL('/welcome?tab=two&q=a%26b')
})

test('a deep link survives a wrong password', async ({ page, latchkey }) => {
  await latchkey.call('addUser', ADA.username, ADA.password)
  await page.goto('/welcome?tab=two')
  await fillIn(page, { ...ADA, password: 'not the password' })
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toBeVisible()
  await page.keyboard.type(ADA.password)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL('/welcome?tab=two')
})

test('a link that would lead elsewhere ends at the welcome page', async ({ page, latchkey }) => {
  await latchkey.signIn(page, '/signin?next=https%3A%2F%2Fevil.example%2Fwelcome')
  await expect(page).toHaveURL('/welcome')
})

test('whoever is signed in is taken past the sign-in page', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await page.goto('/signin')
  await expect(page).toHaveURL('/welcome')
  await page.goto('/signin?next=%2Fwelcome%3Ftab%3Dtwo')
  await expect(page).toHaveURL('/welcome?tab=two')
  await page.goto('/')
  await expect(page).toHaveURL('/welcome')
})

test('a page that sends back here at once is led to three times, and then a page says so', async ({
  page,
  latchkey,
}) => {
  await latchkey.signIn(page)
  for (let n = 0; n < 3; n++) {
    await page.goto('/signin?next=/account')
    await expect(page).toHaveURL('/account')
  }
  await page.goto('/signin?next=/account')
  await expect(page.getByRole('heading', { name: 'You are signed in, but not there' })).toBeVisible()
  await page.getByRole('link', { name: 'Try again' }).click()
  await expect(page).toHaveURL('/account')
  await page.goto('/signin?next=/account')
  await expect(page).toHaveURL('/account')
})

test('the password can be looked at, and is hidden again before it is sent', async ({ page, latchkey }) => {
  await latchkey.call('addUser', ADA.username, ADA.password)
  await page.goto('/signin')
  const password = page.getByLabel('Password', { exact: true })
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Show password' }).click()
  await expect(password).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: 'Hide password' }).click()
  await expect(password).toHaveAttribute('type', 'password')

  await page.getByRole('button', { name: 'Show password' }).click()
  // As text it would go into the browser's form history.
  const typeWhenSent = page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener('submit', () =>
          queueMicrotask(() => resolve(document.querySelector<HTMLInputElement>('#password')?.type)),
        )
      }),
  )
  await page.evaluate(() => document.addEventListener('submit', (event) => event.preventDefault()))
  await password.press('Enter')
  expect(await typeWhenSent).toBe('password')
})

test('Caps Lock is pointed out while it is on', async ({ page }) => {
  await page.goto('/signin')
  const password = page.getByLabel('Password', { exact: true })
  await password.focus()
  // A key press made by a test never carries the state of Caps Lock.
  const press = (capsLock: boolean) =>
    password.evaluate((input, modifierCapsLock) => {
      input.dispatchEvent(new KeyboardEvent('keydown', { key: 'A', bubbles: true, modifierCapsLock }))
    }, capsLock)
  const hint = page.getByText('Caps Lock is on.')
  await press(true)
  await expect(hint).toBeVisible()
  await press(false)
  await expect(hint).toBeHidden()
  await press(true)
  await page.getByLabel('Username').focus()
  await expect(hint).toBeHidden()
})

test('password managers find what they look for', async ({ page, latchkey }) => {
  await page.goto('/signin')
  await expect(page.getByLabel('Username')).toHaveAttribute('autocomplete', 'username')
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute(
    'autocomplete',
    'current-password',
  )
  await page.goto(`/setup?code=${await latchkey.call('setupCode')}`)
  await expect(page.getByLabel('Username')).toHaveAttribute('autocomplete', 'username')
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('autocomplete', 'new-password')
})
