import { ADA, ADA_STAYING, expect, fillIn, test } from './fixture.ts'
import { refreshToken, sleep, statusOf } from './session-page.ts'

const HOUR = 3600

test('five tabs at once after the pause all open, and are one sign-in still', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const tabs = [page]
  while (tabs.length < 5) tabs.push(await context.newPage())
  // The second pause shows that the browser was left with the one token that is good.
  for (const _ of [1, 2]) {
    await sleep(latchkey, HOUR, context)
    const answers = await Promise.all(tabs.map((tab) => tab.goto('/welcome')))
    const headers = await Promise.all(answers.map((answer) => answer?.headerValue('set-cookie')))
    // Whichever answer comes last, and however many it takes.
    const given = headers.flatMap((header) => header?.match(/^refresh=[^;]+/m) ?? [])
    expect(new Set(given).size).toBe(1)
    for (const tab of tabs) await expect(tab.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  }
  await page.goto('/sessions')
  await expect(page.getByText('You are signed in on no other device.')).toBeVisible()
  await expect(page.getByText('Signed out lately')).toBeHidden()
})

test('signing out in one tab ends it for all, and leaves nothing in the browser', async ({
  page,
  context,
  request,
  latchkey,
}) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const other = await context.newPage()
  await other.goto('/sessions')
  const headers = { cookie: `refresh=${await refreshToken(context)}`, accept: '*/*' }
  await page.getByRole('button', { name: 'Sign out' }).click()
  for (const tab of [page, other]) await expect(statusOf(tab)).toHaveText('You have signed out.')
  expect(await context.cookies()).toEqual([])
  expect((await request.get('/welcome', { headers })).status(), 'the old cookie').toBe(401)
  await sleep(latchkey, HOUR)
  expect((await request.get('/welcome', { headers })).status(), 'the old cookie, later').toBe(401)
})

test('no script sees the cookies, and no other host or site', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const cookies = await context.cookies()
  expect(cookies.map(({ name }) => name).sort()).toEqual(['refresh', 'token'])
  for (const cookie of cookies) {
    // With a domain of its own it would begin with a dot.
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', domain: 'localhost', path: '/' })
  }
  expect(await page.evaluate(() => document.cookie)).toBe('')
})

test('a browser that was closed and started again is still signed in', async ({
  page,
  context,
  latchkey,
}) => {
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  const anHourLater = (await latchkey.call('now')) + HOUR
  // Cookies without an end are -1: they go with the browser.
  const kept = (await context.cookies()).filter(({ expires }) => expires > anHourLater)
  expect(kept.map(({ name }) => name)).toEqual(['refresh'])
  await context.close()
  await sleep(latchkey, HOUR)
  const restarted = await latchkey.otherBrowser({
    storageState: { cookies: kept, origins: [] },
  })
  const later = await restarted.newPage()
  await later.goto('/')
  await expect(later.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
})

test('without the tick nothing outlives the access token', async ({ page, context, latchkey }) => {
  await latchkey.signIn(page)
  await expect(page.getByText('Session ends')).toBeVisible()
  const end = (await latchkey.call('now')) + 300
  const [cookie, ...more] = await context.cookies()
  expect(more).toEqual([])
  // The browser counts from when the answer came.
  expect(Math.abs((cookie?.expires ?? -1) - end)).toBeLessThan(30)
  await latchkey.call('advance', 299)
  await page.goto('/welcome')
  await expect(page.getByRole('heading', { name: 'Welcome ada!' })).toBeVisible()
  await latchkey.call('advance', 1)
  await page.goto('/welcome')
  await expect(statusOf(page)).toHaveText('Your sign-in expired. Sign in again to go on.')
  expect(await context.cookies()).toEqual([])
})

test('signing in again without the tick takes the place of a sign-in with it', async ({
  page,
  context,
  latchkey,
}) => {
  const other = await context.newPage()
  await other.goto('/signin?next=%2Fsessions')
  await latchkey.signIn(page, '/welcome', ADA_STAYING)
  await fillIn(other, ADA)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await expect(other.getByText('Signed out: a new sign-in took its place')).toBeVisible()
  await expect(other.getByText('You are signed in on no other device.')).toBeVisible()
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['token'])
})
