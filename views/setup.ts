import { html } from 'hono/html'
import { newPasswordHint, passwordField, usernameField } from './fields.ts'
import { type Frame, layout } from './layout.ts'

interface SetupProps {
  code: string
  username?: string | undefined
  minLength: number
  errors?: { username?: string | undefined; password?: string | undefined } | undefined
}

export function setupPage(frame: Frame, { code, username, minLength, errors = {} }: SetupProps): string {
  const wrong = Boolean(errors.username || errors.password)
  // Focus goes to the first thing to put right, and only then to the first empty field.
  const onPassword = !errors.username && Boolean(errors.password || username)
  // The browser is not told of minLength: its bubble would hide the server's reason.
  return layout(frame, {
    title: wrong ? 'Error: Create the first account' : 'Create the first account',
    scripts: ['/password.js'],
    main: html`<h1>Create the first account</h1>
<p>This account is the <strong>admin</strong>: it looks after everyone else who signs in here.</p>
<form method="post" action="/setup">
<input type="hidden" name="code" value="${code}">
${usernameField({ value: username, error: errors.username, autofocus: !onPassword })}
${passwordField({
  autocomplete: 'new-password',
  hint: newPasswordHint(minLength),
  error: errors.password,
  autofocus: onPassword,
})}
<button class="key">Create account</button>
</form>`,
  })
}
