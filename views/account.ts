import { html } from 'hono/html'
import { type Activity, activityList } from './activity.ts'
import type { Frame, Markup } from './layout.ts'
import { type Live, signedInPage, told } from './signed-in.ts'

const notices = {
  'password-changed': 'Your password was changed, and all other devices were signed out.',
} as const

export type AccountNotice = keyof typeof notices

interface AccountProps {
  live: Live
  username: string
  name: string | null
  email: string | null
  /** Newest first. */
  activity: readonly Activity[]
  notice?: AccountNotice | undefined
}

export function accountPage(frame: Frame, props: AccountProps): string {
  const { live, username, name, email, activity, notice } = props
  return signedInPage(frame, told(live), {
    title: 'Account',
    at: '/account',
    main: html`<h1>Account</h1>
${notice && html`<p class="notice good" role="status">${notices[notice]}</p>\n`}<div class="facts">
${fact('Username', username)}${name && fact('Name', name)}${email && fact('E-mail', email)}</div>
<p><a class="quiet" href="/account/password">Change password</a></p>
<h2>Recent activity</h2>
${activity.length > 0 ? activityList(activity) : html`<p class="soft">Nothing yet.</p>`}`,
  })
}

const fact = (label: string, value: string): Markup =>
  html`<p><span>${label}</span> <span>${value}</span></p>\n`
