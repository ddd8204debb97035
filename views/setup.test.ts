import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { focused, tag, title } from './pages.testing.ts'
import { setupPage } from './setup.ts'

describe('setupPage', () => {
  const form = { code: 'c0de', minLength: 15 }

  it('says that the account is the admin and how long a password must be', () => {
    const page = setupPage({}, form)
    assert.match(page, /This account is the <strong>admin<\/strong>/)
    assert.match(page, /At least 15 characters\. A few unrelated words are good\./)
    assert.match(
      page,
      /<form method="post" action="\/setup">\n<input type="hidden" name="code" value="c0de">/,
    )
    assert.match(tag(page, 'input id="password"'), /autocomplete="new-password"/)
    assert.doesNotMatch(page, /minlength/i)
  })

  const cases = [
    { focus: 'username', username: undefined, errors: undefined },
    { focus: 'username', username: 'x y', errors: { username: 'No.', password: 'No.' } },
    { focus: 'password', username: 'anna', errors: { password: 'No.' } },
  ]
  for (const { focus, username, errors } of cases) {
    it(`focuses ${focus} with ${JSON.stringify(errors)}`, () => {
      const page = setupPage({}, { ...form, username, errors })
      assert.equal(focused(page), focus)
      assert.equal(title(page)?.startsWith('Error: '), Boolean(errors))
    })
  }

  it('ties each error to its own field', () => {
    const page = setupPage({}, { ...form, errors: { password: 'Too short.' } })
    assert.match(
      tag(page, 'input id="password"'),
      /aria-describedby="password-hint password-error" aria-invalid="true"/,
    )
    assert.doesNotMatch(tag(page, 'input id="username"'), /aria-/)
    assert.match(page, /role="alert" id="password-error">Too short\.</)
  })
})
