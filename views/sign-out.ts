import { html } from 'hono/html'
import { type Frame, layout } from './layout.ts'

/** Asks before signing out, because a GET changes nothing; without `username` nobody is signed in. */
export function signOutPage(frame: Frame, { username }: { username?: string | undefined }): string {
  return layout(frame, username ? ask(username) : alreadySignedOut)
}

function ask(username: string) {
  return {
    title: 'Sign out?',
    main: html`<h1>Sign out?</h1>
<p>You are signed in as <strong>${username}</strong>.</p>
<form method="post" action="/logout" class="row">
<button class="key">Sign out</button>
<a class="quiet" href="/welcome">Stay signed in</a>
</form>`,
  }
}

const alreadySignedOut = {
  title: 'Signed out',
  main: html`<h1>You are signed out</h1>
<p>Nobody is signed in on this device.</p>
<p><a class="key" href="/signin">Sign in</a></p>`,
}
