import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signOutPage } from './sign-out.ts'

describe('signOutPage', () => {
  it('asks with a form, for a GET changes nothing', () => {
    const page = signOutPage({}, { username: 'user1' })
    assert.match(page, /<h1>Sign out\?<\/h1>/)
    assert.match(
      page,
      /<form method="post" action="\/logout"[^>]*>\n<button[^>]*>Sign out<\/button>\n<a [^>]*href="\/welcome"/,
    )
  })

  it('shows the way back in when nobody is signed in', () => {
    const page = signOutPage({}, {})
    assert.match(page, /You are signed out.*href="\/signin"/s)
    assert.doesNotMatch(page, /<form/)
  })
})
