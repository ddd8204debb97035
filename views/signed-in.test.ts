import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html } from 'hono/html'
import { live, now, tag } from './pages.testing.ts'
import { signedInPage, told } from './signed-in.ts'

const render = (session: Partial<typeof live> = {}, more = {}) =>
  signedInPage({}, told({ ...live, ...session }), { title: 'Any', main: html`<h1>Any</h1>`, ...more })

describe('a page of somebody who is signed in', () => {
  it('hands session.js seconds from now', () => {
    assert.equal(
      tag(render(), 'body'),
      '<body data-sid="s1" data-expires-in="300" data-refresh-in="270" data-ends-in="43200">',
    )
    assert.match(render(), /<script src="\/session\.js" defer>/)
    assert.match(render(), /<p [^>]*role="status" data-live><\/p>/)
  })

  it('hands over 0 for an instant that is past, never less', () => {
    const body = tag(render({ now: now + 50_000 }), 'body')
    assert.match(body, /data-expires-in="0" data-refresh-in="0" data-ends-in="0"/)
  })

  it('tells session.js when the device stays signed in', () => {
    assert.match(tag(render({ remembered: true }), 'body'), / data-remembered>$/)
  })

  it('has the dialog that session.js opens', () => {
    const dialog = /<dialog id="expiring" aria-labelledby="\S+" aria-describedby="\S+">.*<\/dialog>/s.exec(
      render(),
    )?.[0]
    assert.match(dialog ?? '', /You will be signed out in <span data-remaining>0:30<\/span>/)
    assert.match(dialog ?? '', /<button [^>]*data-stay autofocus>Stay signed in</)
    assert.match(dialog ?? '', /<button [^>]*data-leave>Sign out</)
    assert.match(dialog ?? '', /<p data-final hidden>.*Sign in again to go on\./)
  })

  it('leads to the others and out, before its main part', () => {
    const nav = /<nav aria-label="[^"]+">.*<\/nav>(?=\n<main>)/s.exec(render())?.[0] ?? ''
    assert.deepEqual(
      [...nav.matchAll(/<a href="([^"]*)">([^<]*)</g)].map(([, href, text]) => [href, text]),
      [
        ['/welcome', 'Welcome'],
        ['/sessions', 'Your devices'],
        ['/account', 'Account'],
      ],
    )
    assert.match(nav, /<form method="post" action="\/logout"><button>Sign out<\/button><\/form>/)
  })

  it('marks where it stands, and differently what it stands below', () => {
    assert.doesNotMatch(render(), /aria-current/)
    const marked = (page: string) => page.match(/<a href="[^"]*" aria-current="\w+">/g)
    assert.deepEqual(marked(render({}, { at: '/sessions' })), ['<a href="/sessions" aria-current="page">'])
    assert.deepEqual(marked(render({}, { below: '/account' })), ['<a href="/account" aria-current="true">'])
  })

  it('may have a script of its own besides', () => {
    assert.match(render({}, { scripts: ['/password.js'] }), /session\.js.*password\.js/s)
  })
})
