import { html } from 'hono/html'
import type { Markup } from './layout.ts'

interface Field {
  /** What this field alone got wrong; shown under it. */
  error?: string | undefined
  /** The id of an error that concerns the whole form. */
  formError?: string | undefined
  autofocus: boolean
}

/** The label and input for a username, filled in again after a mistake. */
export function usernameField({
  value,
  error,
  formError,
  autofocus,
}: Field & { value?: string | undefined }) {
  return html`<div class="field">
<label for="username">Username</label>
<input id="username" name="username" value="${value}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required${problem(formError, error && 'username-error')}${focus(autofocus)}>
${fieldError('username-error', error)}</div>`
}

interface PasswordField extends Field {
  /** Its name and id. */
  name?: string
  label?: string
  autocomplete: 'current-password' | 'new-password'
  hint?: string
}

/** The label and input for a password; what was typed is never sent back. */
export function passwordField({
  name = 'password',
  label = 'Password',
  autocomplete,
  hint,
  error,
  formError,
  autofocus,
}: PasswordField) {
  const [hintId, errorId] = [`${name}-hint`, `${name}-error`]
  // The button stays hidden until password.js is there to make it work.
  return html`<div class="field">
<label for="${name}">${label}</label>
${hint && html`<p class="hint" id="${hintId}">${hint}</p>\n`}<div class="peek">
<input id="${name}" name="${name}" type="password" autocomplete="${autocomplete}" autocapitalize="none" autocorrect="off" spellcheck="false" required data-password${problem(hint && hintId, formError, error && errorId)}${focus(autofocus)}>
<button type="button" aria-controls="${name}" data-peek hidden><span data-verb>Show</span><span class="unseen"> ${label.toLowerCase()}</span></button>
</div>
${fieldError(errorId, error)}<p class="caps" role="status" data-caps></p>
</div>`
}

/** What a new password must be like, said before it is typed. */
export const newPasswordHint = (minLength: number) =>
  `At least ${minLength} characters. A few unrelated words are good.`

/** Whose password it is, for password managers alone: people read it elsewhere, and the server knows. */
export function passwordOwner(username: string): Markup {
  return html`<input id="username" value="${username}" autocomplete="username" readonly hidden>`
}

/** An error that concerns the whole form. */
export function formAlert(id: string, text: string): Markup {
  return html`<p class="notice bad" role="alert" id="${id}">${text}</p>`
}

function fieldError(id: string, text: string | undefined) {
  return text && html`<p class="wrong" role="alert" id="${id}">${text}</p>\n`
}

function problem(...ids: (string | undefined)[]) {
  const describedBy = ids.filter(Boolean).join(' ')
  const wrong = ids.some((id) => id?.endsWith('error'))
  return html`${describedBy && html` aria-describedby="${describedBy}"`}${wrong && html` aria-invalid="true"`}`
}

function focus(autofocus: boolean) {
  return autofocus && html` autofocus`
}
