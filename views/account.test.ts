import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accountPage } from './account.ts'
import type { Activity } from './activity.ts'
import { live, now } from './pages.testing.ts'

const account = { live, username: 'ada', name: null, email: null, activity: [] }
const show = (one: Partial<Activity>) =>
  accountPage(
    {},
    {
      ...account,
      activity: [
        { at: now, event: 'sign_in.succeeded', reason: null, address: '192.0.2.1', device: null, ...one },
      ],
    },
  )
/** A class's first text. */
const text = (page: string, name: string) => new RegExp(`<p class="${name}[^"]*">([^<]*)</p>`).exec(page)?.[1]

describe('accountPage', () => {
  it('says whose it is, and leads to the change of the password', () => {
    const page = accountPage({}, { ...account, name: 'Ada', email: 'ada@example.test' })
    assert.match(
      page,
      /Username<\/span> <span>ada<.*Name<\/span> <span>Ada<.*E-mail<\/span> <span>ada@example\.test</s,
    )
    assert.match(page, /<a class="quiet" href="\/account\/password">Change password<\/a>/)
    assert.doesNotMatch(accountPage({}, account), /<span>(?:Name|E-mail)</)
    assert.match(accountPage({}, account), /<h2>Recent activity<\/h2>\n<p[^>]*>Nothing yet\./)
  })

  const cases: [event: string, reason: string | null, words: string][] = [
    ['sign_in.succeeded', null, 'Signed in'],
    ['sign_in.failed', 'wrong-password', 'Sign-in failed: wrong password'],
    ['sign_in.failed', 'disabled', 'Sign-in failed: the account is disabled'],
    ['session.refreshed', null, 'Sign-in renewed'],
    ['session.ended', 'signed-out', 'Signed out'],
    ['session.ended', 'ended-elsewhere', 'Signed out: ended from another device'],
    ['session.ended', null, 'Signed out'],
    ['refresh.reuse_detected', null, 'An old copy of a sign-in was used: that device was signed out'],
    ['password.changed', null, 'Password changed'],
    ['password.refused', 'wrong-password', 'Password not changed: the current password was wrong'],
    ['user.added', null, 'Account created'],
    ['user.enabled', null, 'Account enabled'],
    ['user.disabled', null, 'Account disabled'],
    ['user.role_changed', null, 'Account given another role'],
    ['user.deleted', null, 'Account deleted'],
    // What has no words yet is shown as it is, whatever it is called.
    ['key.retired', null, 'key.retired'],
    ['key.retired', 'too-old', 'key.retired: too-old'],
    ['session.ended', 'toString', 'Signed out: toString'],
    ['__proto__', 'constructor', '__proto__: constructor'],
  ]
  for (const [event, reason, words] of cases) {
    it(`says of ${event} (${reason}): ${words}`, () =>
      assert.equal(text(show({ event, reason }), 'what'), words))
  }

  it('says which device it was and where it was done from', () => {
    assert.equal(text(show({ device: 'curl' }), 'where'), 'curl, from 192.0.2.1')
    assert.equal(text(show({}), 'where'), 'From 192.0.2.1')
    assert.equal(text(show({ address: null }), 'where'), 'From the server itself')
    assert.equal(text(show({ device: 'curl', address: null }), 'where'), 'curl, from the server itself')
    assert.equal(text(show({ address: '' }), 'where'), undefined)
  })

  it('says when it was, and marks what its owner must not overlook', () => {
    assert.match(
      show({}),
      /<time datetime="2026-11-23T08:14:30\.000Z" data-local="medium">23 Nov 2026, 08:14 UTC</,
    )
    assert.match(show({ event: 'refresh.reuse_detected' }), /<p class="what worry">An old copy/)
  })
})
