import { html } from 'hono/html'
import { formAlert, passwordField, usernameField } from './fields.ts'
import { type Frame, layout } from './layout.ts'

/** The only sentences `?notice=` can put on the page: a link must not be able to make us say anything else. */
export const notices = {
  'signed-out': { tone: 'good', text: 'You have signed out.' },
  expired: { tone: 'plain', text: 'Your sign-in expired. Sign in again to go on.' },
  'ended-elsewhere': { tone: 'warn', text: 'This device was signed out from somewhere else.' },
  'password-changed': { tone: 'good', text: 'Your password was changed. Sign in with the new one.' },
  reuse: {
    tone: 'warn',
    text: 'For your safety this device was signed out: an old copy of its sign-in was used.',
  },
  disabled: { tone: 'warn', text: 'This account was disabled. Ask whoever runs this server.' },
} as const satisfies Record<string, { tone: 'good' | 'plain' | 'warn'; text: string }>

export type Notice = keyof typeof notices

interface SignInProps {
  next?: string | undefined
  username?: string | undefined
  remember?: boolean | undefined
  notice?: Notice | undefined
  error?: string | undefined
  noAccounts?: boolean | undefined
}

export function signInPage(frame: Frame, props: SignInProps): string {
  const { next, username, remember, notice, error, noAccounts } = props
  const wrong = error ? 'form-error' : undefined
  return layout(frame, {
    title: error ? 'Error: Sign in' : 'Sign in',
    scripts: ['/password.js'],
    main: html`<h1>Sign in</h1>
${notice && html`<p class="notice ${notices[notice].tone}" role="status">${notices[notice].text}</p>\n`}${noAccounts && noAccountsYet}${error && formAlert('form-error', error)}
<form method="post" action="/signin">
${next && html`<input type="hidden" name="next" value="${next}">\n`}${usernameField({ value: username, formError: wrong, autofocus: !username })}
${passwordField({ autocomplete: 'current-password', formError: wrong, autofocus: Boolean(username) })}
<div class="field">
<label class="tick"><input type="checkbox" name="remember" value="on" aria-describedby="remember-hint"${remember && html` checked`}>Stay signed in on this device</label>
<p class="hint" id="remember-hint">Not on a device that others use.</p>
</div>
<button class="key">Sign in</button>
</form>`,
  })
}

const noAccountsYet = html`<div class="notice plain">
<p>Nobody has an account here yet.</p>
<p>The link to create the first one is in the server’s log. Or run <code>npx latchkey users add NAME</code> on the server.</p>
</div>
`
