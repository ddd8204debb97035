import { html } from 'hono/html'
import { countdown, dateAndTime, iso, timeOfDay } from './instant.ts'
import { type Frame, layout } from './layout.ts'

/** Every instant in epoch seconds. */
interface WelcomeProps {
  username: string
  now: number
  expiresAt: number
  refreshFrom: number
  endsAt: number
}

export function welcomePage(
  frame: Frame,
  { username, now, expiresAt, refreshFrom, endsAt }: WelcomeProps,
): string {
  // Lengths, not instants: session.js must never have to believe the client's wall clock.
  const [expiresIn, refreshIn, endsIn] = [expiresAt, refreshFrom, endsAt].map((at) => Math.max(0, at - now))
  return layout(frame, {
    title: 'Welcome',
    scripts: ['/session.js'],
    body: html` data-session data-expires-in="${expiresIn}" data-refresh-in="${refreshIn}" data-ends-in="${endsIn}"`,
    main: html`<h1>Welcome ${username}!</h1>
<div class="facts">
<p><span>Session ends</span> <time datetime="${iso(endsAt)}" data-local>${dateAndTime(endsAt)}</time></p>
<p class="scripted"><span>Next renewal in</span> <span data-countdown>${countdown(refreshFrom - now)}</span></p>
</div>
${withoutScript(expiresAt, refreshFrom, endsAt)}
<form method="post" action="/logout"><button class="quiet">Sign out</button></form>`,
    after: expiring,
  })
}

function withoutScript(expiresAt: number, refreshFrom: number, endsAt: number) {
  const until = html`<time datetime="${iso(expiresAt)}">${timeOfDay(expiresAt)}</time>`
  if (expiresAt >= endsAt)
    return html`<noscript><p>You are signed in until ${until}. Then sign in again to go on.</p></noscript>`
  return html`<noscript>
<p>You are signed in until ${until}. From <time datetime="${iso(refreshFrom)}">${timeOfDay(refreshFrom)}</time> you can extend it.</p>
<form method="post" action="/refresh"><button class="key">Stay signed in</button></form>
</noscript>`
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
