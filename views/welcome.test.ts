import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { live, now, tag } from './pages.testing.ts'
import { welcomePage } from './welcome.ts'

describe('welcomePage', () => {
  const render = welcomePage({})
  const show = (session: Partial<typeof live> = {}) =>
    render({ username: 'user1', live: { ...live, ...session } })
  const page = show()

  it('greets and says when the session ends, in UTC', () => {
    assert.match(page, /<h1>Welcome user1!<\/h1>/)
    assert.match(
      page,
      /Session ends<\/span> <time datetime="2026-11-23T20:14:30\.000Z" data-local>23 November 2026, 20:14 UTC<\/time>/,
    )
    assert.match(page, /<a href="\/welcome" aria-current="page">/)
  })

  it('says when the session is renewed', () => {
    assert.match(
      tag(page, 'body'),
      /data-sid="s1" data-expires-in="300" data-refresh-in="270" data-ends-in="43200">/,
    )
    assert.match(page, /<p [^>]*>.*<span data-countdown>4:30<\/span><\/p>/)
    assert.match(show({ now: now + 50_000 }), /<span data-countdown>0:00</)
  })

  it('without script offers to stay, but not past the end of the session', () => {
    assert.match(page, /<noscript>.*08:19:30 UTC.*08:19:00 UTC.*action="\/refresh".*<\/noscript>/s)
    const last = show({ endsAt: live.expiresAt })
    assert.match(last, /<noscript>.*08:19:30 UTC/s)
    assert.doesNotMatch(last, /\/refresh|data-countdown/)
  })

  for (const endsAt of [live.endsAt, live.expiresAt]) {
    it(`of a device that stays signed in speaks of no end but the last (${endsAt - now} s left)`, () => {
      const remembered = show({ remembered: true, endsAt })
      assert.match(
        remembered,
        /This device stays signed in, at the latest until<\/span> <time [^>]*data-local>23 November 2026/,
      )
      assert.match(tag(remembered, 'body'), / data-remembered>$/)
      assert.doesNotMatch(remembered, /<noscript|data-countdown|Renews by itself|Session ends/)
    })
  }

  it('keeps nothing of one session for the next', () => {
    show({ sid: 'other', remembered: true })
    assert.equal(show(), page)
  })
})
