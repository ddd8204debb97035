import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { focused, tag, title } from './pages.testing.ts'
import { type Notice, notices, signInPage } from './sign-in.ts'

describe('signInPage', () => {
  it('posts username and password to /signin, and next only when there is one', () => {
    const page = signInPage({}, { next: '/devices?a=1&b=2' })
    assert.match(page, /<form method="post" action="\/signin">/)
    assert.match(
      tag(page, 'input id="username"'),
      /name="username" .*autocomplete="username" autocapitalize="none"/,
    )
    assert.match(
      tag(page, 'input id="password"'),
      /name="password" type="password" autocomplete="current-password"/,
    )
    assert.match(page, /<input type="hidden" name="next" value="\/devices\?a=1&amp;b=2">/)
    assert.doesNotMatch(signInPage({}, {}), /type="hidden"/)
  })

  it('focuses the username, or the password once the username is there', () => {
    assert.equal(focused(signInPage({}, {})), 'username')
    assert.equal(focused(signInPage({}, { username: 'user1', error: 'Wrong.' })), 'password')
  })

  it('ties an error to both fields and says it in the title', () => {
    const page = signInPage({}, { username: 'user1', error: 'Wrong.' })
    assert.equal(title(page), 'Error: Sign in - Latchkey')
    assert.match(page, /role="alert" id="form-error">Wrong\.</)
    for (const id of ['username', 'password'])
      assert.match(tag(page, `input id="${id}"`), /aria-describedby="form-error" aria-invalid="true"/)
    assert.doesNotMatch(signInPage({}, {}), /aria-invalid|role="alert"/)
  })

  for (const notice of Object.keys(notices) as Notice[]) {
    it(`says the sentence of ${notice}`, () => {
      const { tone, text } = notices[notice]
      assert.ok(signInPage({}, { notice }).includes(`<p class="notice ${tone}" role="status">${text}</p>`))
    })
  }

  it('offers to stay signed in, unticked unless the person had ticked it', () => {
    const box = '<input type="checkbox" name="remember" value="on" aria-describedby="remember-hint"'
    for (const page of [signInPage({}, {}), signInPage({}, { remember: false, error: 'Wrong.' })])
      assert.ok(page.includes(`<label class="tick">${box}>Stay signed in on this device</label>`))
    assert.ok(signInPage({}, { remember: true, error: 'Wrong.' }).includes(`${box} checked>`))
    assert.match(signInPage({}, {}), /id="password".*name="remember".*<button class="key">Sign in</s)
  })

  it('says that a session ended elsewhere was this device’s', () => {
    assert.match(notices['ended-elsewhere'].text, /This device was signed out/)
    assert.match(notices.reuse.text, /old copy/)
  })

  it('says where the first account comes from', () => {
    assert.match(signInPage({}, { noAccounts: true }), /server’s log.*npx latchkey users add NAME/)
  })
})
