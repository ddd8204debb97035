import { html } from 'hono/html'
import { endings } from './endings.ts'
import { briefTime } from './instant.ts'
import type { Markup } from './layout.ts'

/** A line of the audit log that a person may read about their own account. */
export interface Activity {
  /** Epoch seconds. */
  at: number
  event: string
  reason: string | null
  /** Null when it was done on the server itself. */
  address: string | null
  device: string | null
}

interface Words {
  text: string
  /** What is said instead, where the reason is known. */
  because?: Readonly<Record<string, string>>
  /** What its owner should not overlook. */
  worry?: true
}

const words = new Map<string, Words>(
  Object.entries({
    'sign_in.succeeded': { text: 'Signed in' },
    'sign_in.failed': {
      text: 'Sign-in failed',
      because: {
        'wrong-password': 'Sign-in failed: wrong password',
        disabled: 'Sign-in failed: the account is disabled',
      },
    },
    'session.refreshed': { text: 'Sign-in renewed' },
    'session.ended': { text: 'Signed out', because: endings },
    'refresh.reuse_detected': {
      text: 'An old copy of a sign-in was used: that device was signed out',
      worry: true,
    },
    'password.changed': { text: 'Password changed' },
    'password.refused': {
      text: 'Password not changed',
      because: { 'wrong-password': 'Password not changed: the current password was wrong' },
    },
    'user.added': { text: 'Account created' },
    'user.enabled': { text: 'Account enabled' },
    'user.disabled': { text: 'Account disabled' },
    'user.role_changed': { text: 'Account given another role' },
    'user.deleted': { text: 'Account deleted' },
  } satisfies Record<string, Words>),
)

export function activityList(activity: readonly Activity[]): Markup {
  return html`<p class="hint">Was something here not you? Change your password: that signs out all your other devices.</p>
<ul class="entries" role="list">
${activity.map(
  (one) => html`<li class="event">
<p class="what${isWorry(one) && ' worry'}">${sentence(one)}</p>
${where(one) && html`<p class="where">${where(one)}</p>\n`}<p class="when">${briefTime(one.at)}</p>
</li>
`,
)}</ul>`
}

const isWorry = ({ event, reason }: Activity) => words.get(event)?.worry || reason === 'reuse'

/** What happened; an event or a reason without words of its own is shown as it is. */
function sentence({ event, reason }: Activity): string {
  const { text = event, because = {} } = words.get(event) ?? {}
  if (!reason) return text
  return Object.hasOwn(because, reason) ? `${because[reason]}` : `${text}: ${reason}`
}

/** The device it is about, and where it was done from: that may be another one. */
function where({ device, address }: Activity): string | null {
  const from = address ?? 'the server itself'
  if (!from) return device
  return device ? `${device}, from ${from}` : `From ${from}`
}
