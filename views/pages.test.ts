import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accountPage } from './account.ts'
import { confirmPage } from './confirm.ts'
import { devicesPage } from './devices.ts'
import { errorPage } from './error.ts'
import { live, now, title } from './pages.testing.ts'
import { changePasswordPage } from './password.ts'
import { setupPage } from './setup.ts'
import { signInPage } from './sign-in.ts'
import { signOutPage } from './sign-out.ts'
import { welcomePage } from './welcome.ts'

const session = (text: string) => ({
  sid: text,
  device: text,
  address: text,
  startedAt: now - 7200,
  lastSeenAt: now - 60,
  endsAt: now + 7200,
})

/** Every page and state, with one text in all places that can hold one. */
const pages: Record<string, (text: string) => string> = {
  'sign-in': (t) =>
    signInPage({ banner: t }, { next: t, username: t, remember: true, error: t, notice: 'expired' }),
  'sign-in without accounts': (t) => signInPage({ banner: t }, { next: t, noAccounts: true }),
  welcome: (t) => welcomePage({ banner: t })({ username: t, live: { ...live, sid: t } }),
  'welcome at the end': (t) =>
    welcomePage({ banner: t })({ username: t, live: { ...live, sid: t, endsAt: now + 300 } }),
  'welcome on a device that stays signed in': (t) =>
    welcomePage({ banner: t })({ username: t, live: { ...live, sid: t, remembered: true } }),
  devices: (t) =>
    devicesPage(
      { banner: t },
      {
        live: { ...live, sid: t, remembered: true },
        sessions: [
          { ...session(t), current: false, remembered: true, carrier: 'cookie' },
          { ...session(t), current: false, remembered: false, carrier: 'bearer' },
          { ...session(t), current: true, remembered: true, carrier: 'cookie' },
        ],
        ended: [
          { device: t, address: t, endedAt: now, reason: 'reuse' },
          { device: t, address: '', endedAt: now, reason: 'expired' },
        ],
        notice: 'ended',
      },
    ),
  'devices, with this one alone': (t) =>
    devicesPage(
      { banner: t },
      {
        live,
        sessions: [{ ...session(t), address: '', current: true, remembered: false, carrier: 'cookie' }],
        ended: [],
      },
    ),
  account: (t) =>
    accountPage(
      { banner: t },
      {
        live: { ...live, sid: t },
        username: t,
        name: t,
        email: t,
        activity: [
          { at: now, event: t, reason: t, address: t, device: t },
          { at: now, event: 'sign_in.failed', reason: t, address: t, device: null },
          { at: now, event: 'refresh.reuse_detected', reason: null, address: null, device: t },
          { at: now, event: 'password.changed', reason: null, address: null, device: null },
        ],
      },
    ),
  'account, with little on it': (t) =>
    accountPage({ banner: t }, { live, username: t, name: null, email: null, activity: [] }),
  'change password': (t) =>
    changePasswordPage(
      { banner: t },
      { live: { ...live, sid: t }, username: t, minLength: 15, errors: { current: t, next: t } },
    ),
  confirm: (t) => confirmPage({ banner: t }, { live: { ...live, sid: t }, username: t, next: t, error: t }),
  setup: (t) =>
    setupPage({ banner: t }, { code: t, username: t, minLength: 15, errors: { username: t, password: t } }),
  'sign-out': (t) => signOutPage({ banner: t }, { username: t }),
  'signed out': (t) => signOutPage({ banner: t }, {}),
  error: (t) =>
    errorPage({ banner: t }, { status: 404, title: t, detail: t, requestId: t, back: { href: t, label: t } }),
}

const hostile = [
  '"><script>alert(1)</script>',
  "' onmouseover=x",
  '" autofocus onfocus="alert(1)" x="',
  '</title></noscript></dialog><img src=x onerror=alert(1)>',
  '<!--',
  '&lt;b&gt;&quot;',
]

/** The tags of a page with the names of their attributes: what must not depend on anything a person typed. */
function skeleton(page: string): string[] {
  return [...page.matchAll(/<(!?[/\w-]+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g)].map(
    ([, name, attributes = '']) =>
      [
        name,
        ...attributes
          .replaceAll(/="[^"]*"/g, '')
          .trim()
          .split(/\s+/),
      ].join(' '),
  )
}

for (const [name, render] of Object.entries(pages)) {
  describe(`the page ${name}`, () => {
    const plain = render('plain')

    for (const text of hostile) {
      it(`escapes ${text} in every place`, () => {
        const page = render(text)
        assert.deepEqual(skeleton(page), skeleton(plain))
        assert.equal(page.split('<').length, plain.split('<').length)
        assert.equal(page.split('"').length, plain.split('"').length)
        assert.ok(!page.includes(text))
      })
    }

    it('is a string, with a title, one h1 and the landmarks', () => {
      assert.equal(typeof plain, 'string')
      assert.match(plain, /^<!doctype html>\n<html lang="en">/)
      assert.match(title(plain) ?? '', /^\S.* - Latchkey$/)
      for (const landmark of ['h1', 'header', 'main', 'footer', 'aside'])
        assert.equal(plain.match(new RegExp(`<${landmark}[ >]`, 'g'))?.length, 1, landmark)
    })

    it('has nothing inline that the content security policy would refuse', () => {
      assert.doesNotMatch(plain, /<style|\sstyle=|\son\w+=|javascript:|data:|<base/i)
      for (const script of plain.match(/<script.*/g) ?? [])
        assert.match(script, /^<script src="\/[\w-]+\.js" defer><\/script>$/)
    })

    it('has each id once, and every reference leads to one', () => {
      const ids = [...plain.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
      assert.equal(new Set(ids).size, ids.length)
      for (const [, refs = ''] of plain.matchAll(/(?:aria-\w+by|aria-controls|for)="([^"]*)"/g))
        for (const ref of refs.split(' ')) assert.ok(ids.includes(ref), ref)
    })

    it('sends back nothing that was typed into a password field', () => {
      for (const field of plain.match(/<input[^>]* type="password"[^>]*>/g) ?? [])
        assert.doesNotMatch(field, / value/)
    })

    it('has no placeholder left by a value that is absent', () => {
      assert.doesNotMatch(plain, /undefined|null|NaN|\[object/)
    })
  })
}

describe('the banner', () => {
  it('is absent without a text', () => {
    assert.doesNotMatch(signInPage({}, {}), /<aside/)
    assert.match(
      signInPage({ banner: 'Demo' }, {}),
      /<aside class="banner" aria-label="About this server">Demo<\/aside>/,
    )
  })
})
