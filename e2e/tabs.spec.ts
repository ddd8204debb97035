import { ADA, expect, fillIn, test } from './fixture.ts'
import { countdownOf } from './session-page.ts'

test('of two tabs one renews, and both know', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  const other = await context.newPage()
  await other.goto('/welcome')
  const renewals: string[] = []
  context.on('request', (request) => {
    if (request.url().endsWith('/refresh')) renewals.push(request.method())
  })
  await latchkey.advance(250)
  await page.keyboard.press('Shift')
  await other.keyboard.press('Shift')
  await latchkey.advance(20)
  await expect(countdownOf(page)).toHaveText('4:30')
  await expect(countdownOf(other)).toHaveText('4:30')
  await latchkey.advance(1)
  await expect(countdownOf(page)).toHaveText('4:29')
  await expect(countdownOf(other)).toHaveText('4:29')
  expect(renewals).toEqual(['POST'])
})

test('activity in one tab keeps the other from asking', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  const other = await context.newPage()
  await other.goto('/welcome')
  await latchkey.advance(250)
  await page.keyboard.press('Shift')
  await latchkey.advance(20)
  await expect(countdownOf(other)).toHaveText('4:30')
  await latchkey.advance(2)
  await expect(other.getByRole('dialog')).toBeHidden()
})

test('the answer in one tab closes the question in the other', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  const other = await context.newPage()
  await other.goto('/welcome')
  await latchkey.advance(250)
  await latchkey.advance(22)
  await expect(page.getByRole('dialog')).toBeVisible()
  await expect(other.getByRole('dialog')).toBeVisible()
  await other.getByRole('button', { name: 'Stay signed in' }).click()
  await expect(other.getByRole('dialog')).toBeHidden()
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(countdownOf(page)).toHaveText('4:30')
})

test('signing out in one tab takes all to the sign-in page', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  const other = await context.newPage()
  await other.goto('/welcome?tab=two')
  await page.getByRole('button', { name: 'Sign out' }).click()
  for (const tab of [page, other]) {
    await expect(tab.getByRole('status').first()).toHaveText('You have signed out.')
    await expect(tab).toHaveURL('/signin?notice=signed-out')
  }
})

for (const [reason, sentence] of [
  ['ended-by-operator', 'This device was signed out from somewhere else.'],
  ['password-changed', 'Your password was changed. Sign in with the new one.'],
] as const) {
  test(`an ended session takes every tab to the sign-in page, says why, and back (${reason})`, async ({
    page,
    context,
    latchkey,
  }) => {
    await latchkey.signIn(page, '/welcome?tab=one')
    const other = await context.newPage()
    await other.goto('/welcome?tab=two')
    expect(await latchkey.call('endSessions', ADA.username, reason)).toBe(1)
    await latchkey.advance(31)
    for (const tab of [page, other]) await expect(tab.getByRole('status').first()).toHaveText(sentence)
    await fillIn(other, ADA)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await expect(other).toHaveURL('/welcome?tab=two')
    // Signed in again by the other tab, so there is nothing left to ask.
    await page.reload()
    await expect(page).toHaveURL('/welcome?tab=one')
  })
}

test('a disabled user is told so and does not get in again', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.call('disableUser', ADA.username)
  await latchkey.advance(31)
  await expect(page.getByRole('status').first()).toHaveText(
    'This account was disabled. Ask whoever runs this server.',
  )
  await fillIn(page, ADA)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toHaveText('The username or the password is not right.')
})

test('a tab that comes to the front asks at once', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.call('endSessions', ADA.username, 'ended-by-operator')
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await expect(page.getByRole('status').first()).toHaveText('This device was signed out from somewhere else.')
})
