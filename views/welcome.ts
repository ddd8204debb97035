import { html } from 'hono/html'
import { countdown, instant } from './instant.ts'
import { type Frame, layout, type Markup } from './layout.ts'
import { prepared } from './prepared.ts'

/** Every instant in epoch seconds. */
interface WelcomeProps {
  username: string
  sid: string
  now: number
  expiresAt: number
  refreshFrom: number
  endsAt: number
}

const PLACES = [
  ...(['username', 'sid', 'expiresIn', 'refreshIn', 'endsIn', 'countdown'] as const),
  ...(['endsIso', 'ends', 'expiresIso', 'expires', 'refreshIso', 'refresh'] as const),
]
type Marks = Record<(typeof PLACES)[number], string>

/** Prepared for a frame, for this page is loaded more often than all others together. */
export function welcomePage(frame: Frame): (props: WelcomeProps) => string {
  const renewable = prepared(PLACES, (marks) => page(frame, marks, untilRenewed(marks)))
  const last = prepared(PLACES, (marks) => page(frame, marks, untilTheEnd(marks)))
  return ({ username, sid, now, expiresAt, refreshFrom, endsAt }) => {
    const [expires, refresh, ends] = [instant(expiresAt), instant(refreshFrom), instant(endsAt)]
    const fill = expiresAt < endsAt ? renewable : last
    return fill({
      username,
      sid,
      // Lengths, not instants: session.js must never have to believe the client's wall clock.
      expiresIn: Math.max(0, expiresAt - now),
      refreshIn: Math.max(0, refreshFrom - now),
      endsIn: Math.max(0, endsAt - now),
      countdown: countdown(refreshFrom - now),
      endsIso: ends.iso,
      ends: ends.dateAndTime,
      expiresIso: expires.iso,
      expires: expires.timeOfDay,
      refreshIso: refresh.iso,
      refresh: refresh.timeOfDay,
    })
  }
}

function page(frame: Frame, marks: Marks, withoutScript: Markup): string {
  return layout(frame, {
    title: 'Welcome',
    scripts: ['/session.js'],
    body: html` data-sid="${marks.sid}" data-expires-in="${marks.expiresIn}" data-refresh-in="${marks.refreshIn}" data-ends-in="${marks.endsIn}"`,
    main: html`<h1>Welcome ${marks.username}!</h1>
<div class="facts">
<p><span>Session ends</span> <time datetime="${marks.endsIso}" data-local>${marks.ends}</time></p>
<p class="scripted"><span>Renews by itself in</span> <span data-countdown>${marks.countdown}</span></p>
</div>
<noscript>
${withoutScript}
</noscript>
<form method="post" action="/logout"><button class="quiet">Sign out</button></form>`,
    after: expiring,
  })
}

const untilRenewed = ({ expiresIso, expires, refreshIso, refresh }: Marks) =>
  html`<p>You are signed in until <time datetime="${expiresIso}">${expires}</time>. From <time datetime="${refreshIso}">${refresh}</time> you can extend it.</p>
<form method="post" action="/refresh"><button class="key">Stay signed in</button></form>`

const untilTheEnd = ({ expiresIso, expires }: Marks) =>
  html`<p>You are signed in until <time datetime="${expiresIso}">${expires}</time>. Then sign in again to go on.</p>`

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
