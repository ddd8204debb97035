import assert from 'node:assert/strict'
import type { Live } from './signed-in.ts'

/** For tests only: when the pages are loaded, and the session they are shown in. */
export const now = Date.UTC(2026, 10, 23, 8, 14, 30) / 1000

export const live: Live = {
  sid: 's1',
  now,
  expiresAt: now + 300,
  refreshFrom: now + 270,
  endsAt: now + 43_200,
  remembered: false,
}

/** The first tag of a page that begins like this. */
export const tag = (page: string, pattern: string) =>
  new RegExp(`<${pattern}[^>]*>`).exec(page)?.[0] ?? assert.fail(pattern)

export const title = (page: string) => /<title>(.*)<\/title>/.exec(page)?.[1]

/** Which of the page's fields has the focus. Asserts that there is just one. */
export function focused(page: string): string | undefined {
  const fields = page.match(/<input[^>]* autofocus[^>]*>/g) ?? []
  assert.equal(fields.length, 1)
  return / id="([^"]*)"/.exec(fields[0] ?? '')?.[1]
}
