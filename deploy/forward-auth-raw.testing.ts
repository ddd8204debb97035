import { sendRaw } from './ask.testing.ts'
import type { Asked } from './echo-app.testing.ts'
import { APP_HOST } from './forward-auth.testing.ts'
import type { Rows } from './forward-auth-seen.testing.ts'

/** For tests only. */

/** Writes requests by hand, to the letter. */
export function byHand({ site, people }: Rows) {
  return {
    hostLine: () => `Host: ${APP_HOST}:${site().port}\r\n`,
    cookieLine: (who: 'nobody' | 'ada') => (who === 'nobody' ? '' : `Cookie: ${people().ada[1]}\r\n`),
    async sends(bytes: string): Promise<{ answer: string; seen: Asked[] }> {
      const before = site().app.asked.length
      const answer = await sendRaw(site(), bytes)
      return { answer, seen: site().app.asked.slice(before) }
    },
  }
}

/** Nothing at all is a refusal too. */
export const isRefused = (answer: string) => answer === '' || /^HTTP\/1\.[01] (?:[45]\d\d|302) /.test(answer)
