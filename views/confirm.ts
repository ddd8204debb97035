import { html } from 'hono/html'
import { passwordField, passwordOwner } from './fields.ts'
import type { Frame } from './layout.ts'
import { type Live, signedInPage, told } from './signed-in.ts'

interface ConfirmProps {
  live: Live
  username: string
  /** Where to go then. */
  next: string
  error?: string | undefined
}

/** Asks for the password before what a sign-in of long ago is not enough for. */
export function confirmPage(frame: Frame, { live, username, next, error }: ConfirmProps): string {
  return signedInPage(frame, told(live), {
    title: error ? 'Error: Enter your password again' : 'Enter your password again',
    below: '/account',
    scripts: ['/password.js'],
    main: html`<h1>Enter your password again</h1>
<p>You are signed in as <strong>${username}</strong>. A change to the account needs a fresh sign-in, and yours was a while ago.</p>
<form method="post" action="/account/confirm">
<input type="hidden" name="next" value="${next}">
${passwordOwner(username)}
${passwordField({ autocomplete: 'current-password', error, autofocus: true })}
<div class="row">
<button class="key">Continue</button>
<a class="quiet" href="/account">Cancel</a>
</div>
</form>`,
  })
}
