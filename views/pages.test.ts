import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorPage } from './error.ts'
import { setupPage } from './setup.ts'
import { type Notice, notices, signInPage } from './sign-in.ts'
import { signOutPage } from './sign-out.ts'
import { welcomePage } from './welcome.ts'

const now = Date.UTC(2026, 10, 23, 8, 14, 30) / 1000
const times = { now, expiresAt: now + 300, refreshFrom: now + 270, endsAt: now + 43_200 }

/** Every page and state, with one text in all places that can hold one. */
const pages: Record<string, (text: string) => string> = {
  'sign-in': (t) => signInPage({ banner: t }, { next: t, username: t, error: t, notice: 'expired' }),
  'sign-in without accounts': (t) => signInPage({ banner: t }, { next: t, noAccounts: true }),
  welcome: (t) => welcomePage({ banner: t })({ username: t, sid: t, ...times }),
  'welcome at the end': (t) =>
    welcomePage({ banner: t })({ username: t, sid: t, ...times, endsAt: now + 300 }),
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

const tag = (page: string, pattern: string) =>
  new RegExp(`<${pattern}[^>]*>`).exec(page)?.[0] ?? assert.fail(pattern)
const title = (page: string) => /<title>(.*)<\/title>/.exec(page)?.[1]

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

    it('has no placeholder left by a value that is absent', () => {
      assert.doesNotMatch(plain, /undefined|null|NaN|\[object/)
    })
  })
}

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
    assert.match(tag(signInPage({}, {}), 'input id="username"'), / autofocus>/)
    const page = signInPage({}, { username: 'user1', error: 'Wrong.' })
    assert.match(tag(page, 'input id="password"'), / autofocus>/)
    assert.equal(page.match(/ autofocus/g)?.length, 1)
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

  it('says where the first account comes from', () => {
    assert.match(signInPage({}, { noAccounts: true }), /server’s log.*npx latchkey users add NAME/)
  })
})

describe('welcomePage', () => {
  const page = welcomePage({})({ username: 'user1', sid: 's1', ...times })

  it('greets and says when the session ends, in UTC', () => {
    assert.match(page, /<h1>Welcome user1!<\/h1>/)
    assert.match(
      page,
      /<time datetime="2026-11-23T20:14:30\.000Z" data-local>23 November 2026, 20:14 UTC<\/time>/,
    )
    assert.match(page, /<form method="post" action="\/logout"><button[^>]*>Sign out</)
  })

  it('hands session.js seconds from now', () => {
    assert.equal(
      tag(page, 'body'),
      '<body data-sid="s1" data-expires-in="300" data-refresh-in="270" data-ends-in="43200">',
    )
    assert.match(page, /<p [^>]*>.*<span data-countdown>4:30<\/span><\/p>/)
    assert.match(page, /<script src="\/session\.js" defer>/)
    assert.match(page, /<p [^>]*role="status" data-live><\/p>/)
  })

  it('hands over 0 for an instant that is past, never less', () => {
    const late = welcomePage({})({ username: 'user1', sid: 's1', ...times, now: now + 50_000 })
    assert.match(tag(late, 'body'), /data-expires-in="0" data-refresh-in="0" data-ends-in="0"/)
    assert.match(late, /<span data-countdown>0:00</)
  })

  it('has the dialog that session.js opens', () => {
    const dialog = /<dialog id="expiring" aria-labelledby="\S+" aria-describedby="\S+">.*<\/dialog>/s.exec(
      page,
    )?.[0]
    assert.match(dialog ?? '', /You will be signed out in <span data-remaining>0:30<\/span>/)
    assert.match(dialog ?? '', /<button [^>]*data-stay autofocus>Stay signed in</)
    assert.match(dialog ?? '', /<button [^>]*data-leave>Sign out</)
    assert.match(dialog ?? '', /<p data-final hidden>.*Sign in again to go on\./)
  })

  it('without script offers to stay, but not past the end of the session', () => {
    assert.match(page, /<noscript>.*08:19:30 UTC.*08:19:00 UTC.*action="\/refresh".*<\/noscript>/s)
    const last = welcomePage({})({ username: 'user1', sid: 's1', ...times, endsAt: times.expiresAt })
    assert.match(last, /<noscript>.*08:19:30 UTC/s)
    assert.doesNotMatch(last, /\/refresh/)
  })
})

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
    { focus: 'input id="username"', username: undefined, errors: undefined },
    { focus: 'input id="username"', username: 'x y', errors: { username: 'No.', password: 'No.' } },
    { focus: 'input id="password"', username: 'anna', errors: { password: 'No.' } },
  ]
  for (const { focus, username, errors } of cases) {
    it(`focuses ${focus} with ${JSON.stringify(errors)}`, () => {
      const page = setupPage({}, { ...form, username, errors })
      assert.match(tag(page, focus), / autofocus>/)
      assert.equal(page.match(/ autofocus/g)?.length, 1)
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

describe('the banner', () => {
  it('is absent without a text', () => {
    assert.doesNotMatch(signInPage({}, {}), /<aside/)
    assert.match(
      signInPage({ banner: 'Demo' }, {}),
      /<aside class="banner" aria-label="About this server">Demo<\/aside>/,
    )
  })
})
