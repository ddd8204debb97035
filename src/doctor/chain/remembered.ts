import { type Finding, problem } from '../finding.ts'
import type { Ask } from './ask.ts'
import type { Chain } from './chain.ts'
import { findingsOf } from './fault.ts'
import { judgeSignedIn } from './judge-signed-in.ts'
import { lineOf } from './lines.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { PAGE } from './requests.ts'
import { type Cookie, cookieHeader, cookiesOf } from './session.ts'

export type Way =
  /** The app does not lead to the sign-in page: said of who is signed out. */
  | { kind: 'not-led' }
  /** The sign-in page does not renew, or leads to another address. */
  | { kind: 'not-renewed'; status: number | null }
  | { kind: 'elsewhere'; to: string }
  | { kind: 'back'; token: Cookie; refresh: Cookie | null; outcome: Outcome }

/**
 * The way of a browser whose access token has expired and whose refresh token has not, step by step: the app sends it to the sign-in
 * page, which renews and sends it back. It never shows the refresh token to anybody but Latchkey.
 */
export async function walkRemembered(ask: Ask, publicUrl: string, app: URL, refresh: Cookie): Promise<Way> {
  const sent = await ask(app, PAGE)
  const led = outcomeOf(sent, publicUrl)
  if (led.kind !== 'sign-in' || sent.kind !== 'answer' || !sent.location) return { kind: 'not-led' }
  const headers = { ...PAGE.headers, 'Sec-Fetch-Site': 'same-site', ...cookieHeader([refresh]) }
  const renewed = await ask(sent.location, { headers })
  if (renewed.kind !== 'answer') return { kind: 'not-renewed', status: null }
  const { token, refresh: next } = cookiesOf(renewed.setCookies)
  if (!token || !renewed.location) return { kind: 'not-renewed', status: renewed.status }
  if (renewed.location.href !== app.href) return { kind: 'elsewhere', to: renewed.location.origin }
  const back = await ask(app, { headers: { ...PAGE.headers, ...cookieHeader([token]) } })
  return { kind: 'back', token, refresh: next, outcome: outcomeOf(back, publicUrl) }
}

export function judgeRemembered(chain: Chain, app: URL, way: Way): Finding[] {
  const { publicUrl, proxy } = chain
  switch (way.kind) {
    case 'not-led':
      return []
    case 'not-renewed':
      return [
        problem(
          `A browser that is remembered is not renewed at ${publicUrl}/signin (${way.status ?? 'no answer'}).`,
          'See that the proxy passes Cookie and Set-Cookie of Latchkey as they are, and keeps no answer of it.',
        ),
      ]
    case 'elsewhere':
      return [
        problem(
          `A browser that is remembered comes back to another address than it asked for, at ${way.to}.`,
          lineOf('address', proxy),
        ),
      ]
    case 'back': {
      const fault = judgeSignedIn(chain, true, app, way.outcome)
      return findingsOf(
        'Expired, and remembered',
        [{ request: PAGE, fault }],
        'a page comes back without a word.',
      )
    }
    default:
      return way satisfies never
  }
}
