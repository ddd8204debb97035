import { expect, test } from './fixture.ts'
import { act, BEFORE_WINDOW, countdownOf, dialogOf, TO_DIALOG, TO_WINDOW, token } from './session-page.ts'

test('a slow answer does not make the page believe in more time than there is', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page)
  await page.route('**/session', async (route) => {
    const response = await route.fetch()
    await latchkey.call('advance', 8)
    await context.clock.fastForward(8_000)
    await route.fulfill({ response })
  })
  await latchkey.advance(BEFORE_WINDOW)
  await expect(countdownOf(page)).toHaveText('0:12')
  await page.unroute('**/session')
  await latchkey.advance(1)
  await expect(countdownOf(page)).toHaveText('0:11')
})

test('an answer that never comes is not waited for', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.advance(BEFORE_WINDOW)
  await act(page)
  const asked = page.waitForRequest('**/refresh')
  await page.route('**/refresh', () => {})
  for (const seconds of [TO_WINDOW, 10]) {
    await latchkey.call('advance', seconds)
    await context.clock.fastForward(seconds * 1000)
    await asked
  }
  await page.unroute('**/refresh')
  await latchkey.advance(1)
  await latchkey.advance(1)
  await expect(countdownOf(page)).toHaveText(/^4:(30|29)$/)
  await expect(dialogOf(page)).toBeHidden()
})

test('a server that is away during the renewal is asked again until it answers', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page)
  const before = await token(context)
  await latchkey.advance(BEFORE_WINDOW)
  await act(page)
  await latchkey.call('hangUp')
  await latchkey.advance(TO_WINDOW)
  await latchkey.advance(10)
  await expect(countdownOf(page)).toHaveText('0:00')
  await latchkey.call('listen')
  await latchkey.advance(1)
  await latchkey.advance(1)
  await expect(countdownOf(page)).toHaveText('4:30')
  expect(await token(context)).not.toBe(before)
})

test('a server that is away past the end is waited for, on the page', async ({ page, latchkey }) => {
  await latchkey.signIn(page)
  await latchkey.advance(BEFORE_WINDOW)
  await act(page)
  await latchkey.call('hangUp')
  await latchkey.advance(60)
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await latchkey.call('listen')
  await latchkey.advance(1)
  await expect(page.getByRole('status').first()).toHaveText('Your sign-in expired. Sign in again to go on.')
})

test('the answer to the question counts also while the page waits for the server', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page)
  await latchkey.advance(BEFORE_WINDOW)
  await latchkey.advance(TO_DIALOG)
  const gate = Promise.withResolvers<void>()
  await page.route('**/session', async (route) => {
    await gate.promise
    await route.continue()
  })
  // A page asks again 30 s after the last time, and as soon as it is looked at.
  const asked = page.waitForRequest('**/session')
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await asked
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expect(dialogOf(page)).toBeVisible()
  const renewed = page.waitForResponse('**/refresh')
  gate.resolve()
  expect((await renewed).status()).toBe(200)
  await expect(dialogOf(page)).toBeHidden()
  expect(await token(context)).toBeDefined()
})
