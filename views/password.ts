import { html } from 'hono/html'
import { newPasswordHint, passwordField, passwordOwner } from './fields.ts'
import type { Frame } from './layout.ts'
import { type Live, signedInPage, told } from './signed-in.ts'

interface ChangePasswordProps {
  live: Live
  username: string
  minLength: number
  errors?: { current?: string | undefined; next?: string | undefined } | undefined
}

export function changePasswordPage(frame: Frame, props: ChangePasswordProps): string {
  const { live, username, minLength, errors = {} } = props
  const wrong = Boolean(errors.current || errors.next)
  // Focus goes to the first thing to put right.
  const onNext = !errors.current && Boolean(errors.next)
  return signedInPage(frame, told(live), {
    title: wrong ? 'Error: Change password' : 'Change password',
    below: '/account',
    scripts: ['/password.js'],
    main: html`<h1>Change password</h1>
<p>All your other devices will be signed out. This one stays signed in.</p>
<form method="post" action="/account/password">
${passwordOwner(username)}
${passwordField({
  name: 'current_password',
  label: 'Current password',
  autocomplete: 'current-password',
  error: errors.current,
  autofocus: !onNext,
})}
${passwordField({
  name: 'new_password',
  label: 'New password',
  autocomplete: 'new-password',
  hint: newPasswordHint(minLength),
  error: errors.next,
  autofocus: onNext,
})}
<div class="row">
<button class="key">Change password</button>
<a class="quiet" href="/account">Cancel</a>
</div>
</form>`,
  })
}
