import { expect, test } from './fixture.ts'

// That no page breaks its own Content-Security-Policy is watched by the fixture in every test, for each breach is an error
// in the console. Here it is proven that the policy is there, and that a breach would be seen.
test('nothing that is written into a page runs, and the breach is seen', async ({
  page,
  latchkey,
  troubles,
}) => {
  await latchkey.signIn(page)
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'document.title = "taken over"'
    document.body.append(script)
    document.body.setAttribute('style', 'color: red')
  })
  await expect(() => expect(troubles).toHaveLength(2)).toPass()
  for (const trouble of troubles.splice(0)) expect(trouble).toContain('Content Security Policy')
  await expect(page).toHaveTitle('Welcome - Latchkey')
})
