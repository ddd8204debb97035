import { html } from 'hono/html'
import { type Ending, endings } from './endings.ts'
import { briefTime } from './instant.ts'
import type { Frame, Markup } from './layout.ts'
import { type Live, signedInPage, told } from './signed-in.ts'

/** A session that lives. Instants are epoch seconds. */
export interface DeviceSession {
  sid: string
  /** In words: `Firefox on Windows`. */
  device: string
  address: string
  startedAt: number
  lastSeenAt: number
  endsAt: number
  /** The one that this page is shown in. */
  current: boolean
  remembered: boolean
  carrier: 'cookie' | 'bearer'
}

/** A session that is over. */
export interface EndedSession {
  device: string
  address: string
  endedAt: number
  reason: Ending
}

const notices = {
  ended: 'That device was signed out.',
  'others-ended': 'All other devices were signed out.',
} as const

export type DevicesNotice = keyof typeof notices

interface DevicesProps {
  live: Live
  sessions: readonly DeviceSession[]
  /** Whether there are more than are listed. */
  isCut?: boolean
  ended: readonly EndedSession[]
  notice?: DevicesNotice | undefined
}

export function devicesPage(frame: Frame, props: DevicesProps): string {
  const { live, sessions, isCut, ended, notice } = props
  const currentFirst = sessions.toSorted((a, b) => Number(b.current) - Number(a.current))
  return signedInPage(frame, told(live), {
    title: 'Your devices',
    at: '/sessions',
    main: html`<h1>Your devices</h1>
${notice && html`<p class="notice good" role="status">${notices[notice]}</p>\n`}<ul class="entries" role="list">
${currentFirst.map(device)}</ul>
${isCut && html`<p class="soft">These are the newest. The button below signs out all the others too.</p>\n`}${sessions.some(({ current }) => !current) ? endOthers : onlyThisOne}${ended.length > 0 && signedOutLately(ended)}`,
  })
}

function device(session: DeviceSession): Markup {
  const { device, address, startedAt, lastSeenAt, endsAt, current, remembered, carrier } = session
  return html`<li class="device">
<div>
<p class="what">${device}${current && html` <span class="tag good">This device</span>`}${remembered && tag('Stays signed in')}${carrier === 'bearer' && tag('API token')}</p>
${address && html`<p class="where">${address}</p>\n`}<dl>
<dt>Last seen</dt>
<dd>${current ? 'now' : briefTime(lastSeenAt)}</dd>
<dt>Signed in</dt>
<dd>${briefTime(startedAt)}</dd>
<dt>Ends by</dt>
<dd>${briefTime(endsAt)}</dd>
</dl>
</div>
${current ? signOutHere : endForm(session)}
</li>
`
}

/** The button says which device it ends also to whoever hears it alone. */
function endForm({ sid, device, address }: DeviceSession): Markup {
  const which = [device, address].filter(Boolean).join(', ')
  return html`<form method="post" action="/sessions/${encodeURIComponent(sid)}/end"><button class="quiet">Sign out<span class="unseen"> ${which}</span></button></form>`
}

const signOutHere = html`<form method="post" action="/logout"><button class="quiet">Sign out<span class="unseen"> this device</span></button></form>`

const endOthers = html`<form method="post" action="/sessions/end-others"><button class="quiet">Sign out all other devices</button></form>
`

const onlyThisOne = html`<p class="soft">You are signed in on no other device.</p>
`

const signedOutLately = (ended: readonly EndedSession[]) => html`<h2>Signed out lately</h2>
<ul class="entries" role="list">
${ended.map(
  ({ device, address, endedAt, reason }) => html`<li class="event">
<p class="what">${device}</p>
<p${reason === 'reuse' && html` class="worry"`}>${endings[reason]}</p>
${address && html`<p class="where">${address}</p>\n`}<p class="when">${briefTime(endedAt)}</p>
</li>
`,
)}</ul>`

const tag = (text: string) => html` <span class="tag">${text}</span>`
