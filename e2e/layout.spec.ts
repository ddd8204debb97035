import type { Page } from '@playwright/test'
import { addDevices } from './account-pages.ts'
import { expect, test } from './fixture.ts'
import { PAGE_STATES } from './pages.ts'

const WIDTHS = [320, 390, 820, 1280]
const MOST_SCRIPT_BYTES = 3 * 1024

/** How far the page can be scrolled sideways, in CSS pixels. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** Keeps, from the first byte of each page on, what moved without a person having done anything. */
const watchShifts = (page: Page) =>
  page.addInitScript(() => {
    const shifts: string[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & Shift)[]) {
        if (entry.hadRecentInput) continue
        // A time that is replaced by local time may begin elsewhere in its own line.
        const moved = entry.sources.filter(
          ({ node }) => !(node instanceof Element && node.matches('[data-local]')),
        )
        shifts.push(...moved.map(({ node }) => `${entry.value}: ${node?.parentElement?.outerHTML}`))
      }
    }).observe({ type: 'layout-shift', buffered: true })
    interface Shift {
      value: number
      hadRecentInput: boolean
      sources: { node: Node | null }[]
    }
  })

async function shiftsOf(page: Page): Promise<string[]> {
  // A picture is taken of a finished frame, and what moved in it is known by then.
  await page.screenshot()
  return page.evaluate(() => (window as unknown as { shifts: string[] }).shifts)
}

for (const { name, settings = {}, open } of PAGE_STATES) {
  test.describe(name, () => {
    test.use({ settings })

    test('fits each width without sideways scrolling, and nothing moves by itself', async ({
      page,
      latchkey,
    }) => {
      await page.setViewportSize({ width: 390, height: 844 })
      await watchShifts(page)
      await open(page, latchkey)
      expect(await shiftsOf(page), 'layout shifts').toEqual([])
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 })
        expect(await overflow(page), `at ${width} px`).toBe(0)
      }
    })
  })
}

for (const locale of ['en-US', 'de-DE', 'ar-EG']) {
  test.describe(`for a person who reads ${locale}`, () => {
    test.use({ locale })

    test('what the script fills in moves nothing', async ({ page, latchkey }) => {
      await addDevices(latchkey)
      await watchShifts(page)
      await latchkey.signIn(page)
      for (const path of ['/welcome', '/sessions', '/account']) {
        for (const width of [320, 1280]) {
          await page.setViewportSize({ width, height: 844 })
          await page.goto(path)
          const times = page.locator('time[data-local]')
          await expect(times).not.toHaveCount(0)
          await expect(times.filter({ hasText: 'UTC' })).toHaveCount(0)
          expect(await shiftsOf(page), `${path} at ${width} px`).toEqual([])
        }
      }
    })
  })
}

test('text twice as large and letters further apart still fit', async ({ page, latchkey }) => {
  await page.setViewportSize({ width: 320, height: 844 })
  await addDevices(latchkey)
  await latchkey.signIn(page)
  for (const path of ['/welcome', '/sessions', '/account', '/account/password']) {
    await page.goto(path)
    // WCAG 1.4.4 and 1.4.12. Set by the browser's own means, for our CSP lets no page add a style.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(
        'html { font-size: 200% } * { letter-spacing: 0.12em; word-spacing: 0.16em; line-height: 1.5 }',
      )
      document.adoptedStyleSheets = [sheet]
    })
    expect(await overflow(page), path).toBe(0)
  }
})

test('session.js is at most 3 KB on its way', async ({ request }) => {
  const answer = await request.get('/session.js', { headers: { 'accept-encoding': 'gzip' } })
  expect(answer.headers()['content-encoding']).toBe('gzip')
  expect(Number(answer.headers()['content-length'])).toBeLessThanOrEqual(MOST_SCRIPT_BYTES)
})
