import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from './fixture.ts'
import { PAGE_STATES } from './pages.ts'

const WCAG_2_2_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

for (const { name, settings = {}, open } of PAGE_STATES) {
  test.describe(name, () => {
    test.use({ settings })

    test('has nothing against WCAG 2.2 AA, light or dark', async ({ page, latchkey }) => {
      await open(page, latchkey)
      // Axe waits for timers of its own.
      await page.clock.resume()
      for (const colorScheme of ['light', 'dark'] as const) {
        // Without reduced motion axe may measure a colour half-way to the next.
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const { violations } = await new AxeBuilder({ page }).withTags(WCAG_2_2_AA).analyze()
        const found = violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map((n) => n.html)}`)
        expect(found).toEqual([])
      }
    })
  })
}
