import { html } from 'hono/html'
import { type Frame, layout, type Markup, type Page } from './layout.ts'

/** The session that a page is shown in. Instants are epoch seconds. */
export interface Live {
  sid: string
  now: number
  expiresAt: number
  refreshFrom: number
  endsAt: number
  /** The device stays signed in: the page has nothing to ask before `endsAt`. */
  remembered: boolean
}

/** What session.js is told of it. Lengths, not instants: it must never have to believe the client's wall clock. */
export interface Told {
  sid: string
  expiresIn: number | string
  refreshIn: number | string
  endsIn: number | string
  remembered: boolean
}

export function told({ sid, now, expiresAt, refreshFrom, endsAt, remembered }: Live): Told {
  return {
    sid,
    expiresIn: Math.max(0, expiresAt - now),
    refreshIn: Math.max(0, refreshFrom - now),
    endsIn: Math.max(0, endsAt - now),
    remembered,
  }
}

const NAVIGATION = [
  ['/welcome', 'Welcome'],
  ['/sessions', 'Your devices'],
  ['/account', 'Account'],
] as const

interface SignedInPage extends Pick<Page, 'title' | 'main' | 'scripts'> {
  /** Where the page stands in the navigation: at a place itself, or below it. */
  at?: (typeof NAVIGATION)[number][0]
  below?: (typeof NAVIGATION)[number][0]
}

/** The document around every page of somebody who is signed in: the ways to the others, the way out, and the session. */
export function signedInPage(frame: Frame, session: Told, page: SignedInPage): string {
  const { title, main, scripts = [], at, below } = page
  const { sid, expiresIn, refreshIn, endsIn, remembered } = session
  return layout(frame, {
    title,
    main,
    scripts: ['/session.js', ...scripts],
    body: html` data-sid="${sid}" data-expires-in="${expiresIn}" data-refresh-in="${refreshIn}" data-ends-in="${endsIn}"${remembered && html` data-remembered`}`,
    before: html`<nav aria-label="Your account">
<ul>
${NAVIGATION.map(([href, name]) => html`<li><a href="${href}"${current(href === at, href === below)}>${name}</a></li>\n`)}</ul>
<form method="post" action="/logout"><button>Sign out</button></form>
</nav>`,
    after: expiring,
  })
}

function current(isHere: boolean, isAbove: boolean): Markup | false {
  if (isHere) return html` aria-current="page"`
  return isAbove && html` aria-current="true"`
}

// The live region stands outside the dialog, for what is said after it has closed.
const expiring = html`<dialog id="expiring" aria-labelledby="expiring-title" aria-describedby="expiring-text">
<h2 id="expiring-title">You will be signed out in <span data-remaining>0:30</span></h2>
<div id="expiring-text">
<p class="idle">You have not used this page for a while.</p>
<p data-final hidden>Your session has reached its longest time and cannot be extended. Sign in again to go on.</p>
</div>
<form method="post" action="/logout">
<button class="key" type="button" data-stay autofocus>Stay signed in</button>
<button class="quiet" data-leave>Sign out</button>
</form>
</dialog>
<p class="unseen" role="status" data-live></p>`
