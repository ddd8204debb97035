import { html } from 'hono/html'
import { countdown, instant } from './instant.ts'
import type { Frame, Markup } from './layout.ts'
import { prepared } from './prepared.ts'
import { type Live, signedInPage, told } from './signed-in.ts'

interface WelcomeProps {
  username: string
  live: Live
}

const PLACES = [
  ...(['username', 'sid', 'expiresIn', 'refreshIn', 'endsIn', 'countdown'] as const),
  ...(['endsIso', 'ends', 'expiresIso', 'expires', 'refreshIso', 'refresh'] as const),
]
type Marks = Record<(typeof PLACES)[number], string>

/** Prepared for a frame, for this page is loaded more often than all others together. */
export function welcomePage(frame: Frame): (props: WelcomeProps) => string {
  const variant = (main: (marks: Marks) => Markup, remembered = false) =>
    prepared(PLACES, (marks) => page(frame, marks, main(marks), remembered))
  const renewable = variant(untilRenewed)
  const last = variant(untilTheEnd)
  const remembered = variant(whileRemembered, true)
  return ({ username, live }) => {
    const { expiresAt, endsAt } = live
    const [expires, refresh, ends] = [instant(expiresAt), instant(live.refreshFrom), instant(endsAt)]
    const { sid, expiresIn, refreshIn, endsIn } = told(live)
    const fill = live.remembered ? remembered : expiresAt < endsAt ? renewable : last
    return fill({
      username,
      sid,
      expiresIn,
      refreshIn,
      endsIn,
      countdown: countdown(live.refreshFrom - live.now),
      endsIso: ends.iso,
      ends: ends.dateAndTime,
      expiresIso: expires.iso,
      expires: expires.timeOfDay,
      refreshIso: refresh.iso,
      refresh: refresh.timeOfDay,
    })
  }
}

function page(frame: Frame, marks: Marks, main: Markup, remembered: boolean): string {
  return signedInPage(
    frame,
    { ...marks, remembered },
    {
      title: 'Welcome',
      at: '/welcome',
      main: html`<h1>Welcome ${marks.username}!</h1>
${main}`,
    },
  )
}

const sessionEnds = ({ endsIso, ends }: Marks, label = 'Session ends') =>
  html`<p><span>${label}</span> <time datetime="${endsIso}" data-local>${ends}</time></p>`

const untilRenewed = (marks: Marks) => html`<div class="facts">
${sessionEnds(marks)}
<p class="scripted"><span>Renews by itself in</span> <span data-countdown>${marks.countdown}</span></p>
</div>
<noscript>
<p>You are signed in until <time datetime="${marks.expiresIso}">${marks.expires}</time>. From <time datetime="${marks.refreshIso}">${marks.refresh}</time> you can extend it.</p>
<form method="post" action="/refresh"><button class="key">Stay signed in</button></form>
</noscript>`

const untilTheEnd = (marks: Marks) => html`<div class="facts">
${sessionEnds(marks)}
</div>
<noscript>
<p>You are signed in until <time datetime="${marks.expiresIso}">${marks.expires}</time>. Then sign in again to go on.</p>
</noscript>`

const whileRemembered = (marks: Marks) => html`<div class="facts">
${sessionEnds(marks, 'This device stays signed in, at the latest until')}
</div>`
