import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { confirmPage } from './confirm.ts'
import { focused, live, tag, title } from './pages.testing.ts'
import { changePasswordPage } from './password.ts'

// For password managers: it is in the form, but neither seen nor sent.
const owner = '<input id="username" value="ada" autocomplete="username" readonly hidden>'

describe('changePasswordPage', () => {
  const props = { live, username: 'ada', minLength: 15 }
  const page = changePasswordPage({}, props)

  it('asks for the current password and a new one', () => {
    assert.match(page, /<form method="post" action="\/account\/password">/)
    assert.match(page, /<label for="current_password">Current password<\/label>/)
    assert.match(
      tag(page, 'input id="current_password"'),
      /name="current_password" type="password" autocomplete="current-password"/,
    )
    assert.match(page, /<label for="new_password">New password<\/label>\n<p [^>]*>At least 15 characters\./)
    assert.match(
      tag(page, 'input id="new_password"'),
      /name="new_password" type="password" autocomplete="new-password".*aria-describedby="new_password-hint"/,
    )
    assert.ok(page.includes(owner))
  })

  it('has a button to show each of the two, named after it', () => {
    for (const name of ['current', 'new'])
      assert.match(
        page,
        new RegExp(
          `aria-controls="${name}_password" data-peek hidden><span data-verb>Show</span><span class="unseen"> ${name} password<`,
        ),
      )
  })

  it('says what it does to the other devices', () => {
    assert.match(page, /All your other devices will be signed out\. This one stays signed in\./)
  })

  const cases = [
    { errors: undefined, focus: 'current_password' },
    { errors: { current: 'No.' }, focus: 'current_password' },
    { errors: { next: 'No.' }, focus: 'new_password' },
    { errors: { current: 'No.', next: 'No.' }, focus: 'current_password' },
  ]
  for (const { errors, focus } of cases) {
    it(`focuses ${focus} with ${JSON.stringify(errors)}, and ties each error to its own field`, () => {
      const shown = changePasswordPage({}, { ...props, errors })
      assert.equal(focused(shown), focus)
      assert.equal(title(shown), `${errors ? 'Error: ' : ''}Change password - Latchkey`)
      for (const [name, error] of [
        ['current_password', errors?.current],
        ['new_password', errors?.next],
      ]) {
        const field = tag(shown, `input id="${name}"`)
        assert.equal(field.includes(' aria-invalid="true"'), Boolean(error))
        assert.equal(new RegExp(`aria-describedby="[^"]*${name}-error"`).test(field), Boolean(error))
        assert.equal(shown.includes(`role="alert" id="${name}-error">No.<`), Boolean(error))
      }
    })
  }
})

describe('confirmPage', () => {
  const props = { live, username: 'ada', next: '/account/password' }
  const page = confirmPage({}, props)

  it('says why, asks for the password alone and takes it to where the person was going', () => {
    assert.match(
      page,
      /You are signed in as <strong>ada<\/strong>\. A change to the account needs a fresh sign-in/,
    )
    assert.match(
      page,
      /<form method="post" action="\/account\/confirm">\n<input type="hidden" name="next" value="\/account\/password">/,
    )
    assert.match(
      tag(page, 'input id="password"'),
      /name="password" type="password" autocomplete="current-password"/,
    )
    assert.ok(page.includes(owner))
    assert.match(
      page,
      /<button class="key">Continue<\/button>\n<a class="quiet" href="\/account">Cancel<\/a>/,
    )
    assert.doesNotMatch(page, /aria-invalid|role="alert"/)
  })

  it('ties an error to the field, which has the focus', () => {
    const wrong = confirmPage({}, { ...props, error: 'No.' })
    assert.equal(title(wrong), 'Error: Enter your password again - Latchkey')
    assert.equal(focused(wrong), 'password')
    assert.match(tag(wrong, 'input id="password"'), /aria-describedby="password-error" aria-invalid="true"/)
    assert.match(wrong, /role="alert" id="password-error">No\.</)
  })
})
