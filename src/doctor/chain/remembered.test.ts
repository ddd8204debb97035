import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { told } from '../judge.testing.ts'
import type { Reply } from './ask.ts'
import { APP, answer, answering, chain, PUBLIC_URL } from './chain.testing.ts'
import { judgeRemembered, walkRemembered } from './remembered.ts'

const REFRESH = { name: '__Host-refresh', value: 'secret', domain: null }
const to = (address: string, setCookies: string[] = []) =>
  answer(303, { location: new URL(address), setCookies })
const LED = to(`${PUBLIC_URL}/signin?next=${encodeURIComponent(APP.href)}`)
const RENEWED = to(APP.href, ['__Secure-token=fresh-one; Domain=example.test', '__Host-refresh=next'])

async function walk(...replies: Reply[]) {
  const { ask, asked } = answering(...replies)
  const way = await walkRemembered(ask, PUBLIC_URL, APP, REFRESH)
  return { asked, said: told(judgeRemembered(chain(), APP, way)).join() }
}

describe('the way of a browser that is remembered', () => {
  it('shows the refresh token to Latchkey alone, and the new token to the app', async () => {
    const { asked, said } = await walk(LED, RENEWED, answer(200))
    assert.deepEqual(asked, [
      { url: APP.href, cookie: undefined },
      { url: LED.location?.href, cookie: '__Host-refresh=secret' },
      { url: APP.href, cookie: '__Secure-token=fresh-one' },
    ])
    assert.equal(said, 'ok: Expired, and remembered: a page comes back without a word.')
  })

  it('ends where the app leads elsewhere, and the refresh token is shown to nobody', async () => {
    for (const reply of [answer(200), answer(401), to('https://mallory.test/signin?next=x')]) {
      const { asked, said } = await walk(reply, RENEWED)
      assert.equal(asked.length, 1)
      assert.equal(said, '')
    }
  })

  for (const [what, replies, sentence] of [
    ['is shown the form', [LED, answer(200)], /is not renewed at .*\/signin \(200\)\.$/],
    ['gets no answer', [LED], /is not renewed at .*\(no answer\)/],
    ['is renewed, and its cookie is lost', [LED, to(APP.href)], /is not renewed/],
    [
      'is sent to another place',
      [LED, to('https://other.test/', RENEWED.setCookies)],
      /another address .* at https:\/\/other\.test\.$/,
    ],
    ['is sent in circles', [LED, RENEWED, LED], /a loop\.$/],
  ] as [string, Reply[], RegExp][])
    it(`a browser that ${what} is a problem`, async () => {
      const { said } = await walk(...replies)
      assert.match(said, sentence)
      assert.match(said, /^problem: /)
      assert.doesNotMatch(said, /secret|fresh-one/)
    })
})
