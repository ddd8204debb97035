import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DeviceSession, devicesPage, type EndedSession } from './devices.ts'
import { endings } from './endings.ts'
import { live, now } from './pages.testing.ts'

const here: DeviceSession = {
  sid: 's1',
  device: 'Chrome on Linux',
  address: '192.0.2.1',
  startedAt: now - 600,
  lastSeenAt: now - 60,
  endsAt: now + 7200,
  current: true,
  remembered: false,
  carrier: 'cookie',
}
const phone: DeviceSession = {
  ...here,
  sid: 's2',
  device: 'Safari on iPhone',
  current: false,
  remembered: true,
}
const script: DeviceSession = {
  ...here,
  sid: 's3',
  device: 'curl',
  address: '',
  current: false,
  carrier: 'bearer',
}

const show = (sessions: DeviceSession[], ended: EndedSession[] = []) =>
  devicesPage({}, { live, sessions, ended })
/** The items of the list, whole. */
const items = (page: string) => page.match(/<li class="device">.*?<\/li>/gs) ?? []
/** What a screen reader says of the buttons in a piece of a page. */
const buttons = (piece = '') =>
  [...piece.matchAll(/<button[^>]*>(.*?)<\/button>/gs)].map(([, text = '']) =>
    text.replaceAll(/<[^>]*>/g, ''),
  )

describe('devicesPage', () => {
  it('shows this device first, seen now, and signs it out like every page', () => {
    const [first] = items(show([phone, here]))
    assert.match(first ?? '', /Chrome on Linux <span class="tag good">This device<\/span>/)
    assert.match(first ?? '', /<dt>Last seen<\/dt>\n<dd>now<\/dd>/)
    assert.match(first ?? '', /<form method="post" action="\/logout">/)
    assert.deepEqual(buttons(first), ['Sign out this device'])
  })

  it('ends another device by its own button, which says which device', () => {
    const [, second, third] = items(show([here, phone, script]))
    assert.match(second ?? '', /<form method="post" action="\/sessions\/s2\/end">/)
    assert.deepEqual(buttons(second), ['Sign out Safari on iPhone, 192.0.2.1'])
    assert.deepEqual(buttons(third), ['Sign out curl'])
    assert.doesNotMatch(`${second}${third}`, /This device|\/logout|>now</)
  })

  it('keeps a sid inside its place in the path', () => {
    assert.match(show([here, { ...phone, sid: '../a?b' }]), /action="\/sessions\/\.\.%2Fa%3Fb\/end"/)
  })

  it('says when each was seen, signed in and ends, and what it is', () => {
    const [, second, third] = items(show([here, phone, script]))
    assert.match(
      second ?? '',
      /Last seen<\/dt>\n<dd><time datetime="2026-11-23T08:13:30\.000Z" data-local="medium">23 Nov 2026, 08:13 UTC</,
    )
    assert.match(second ?? '', /Signed in<\/dt>.*08:04 UTC.*Ends by<\/dt>.*10:14 UTC/s)
    assert.match(second ?? '', /<span class="tag">Stays signed in</)
    assert.match(third ?? '', /<span class="tag">API token</)
    assert.doesNotMatch(third ?? '', /Stays signed in|class="where"/)
  })

  it('offers to end all others only when there are others', () => {
    const endOthers =
      /<form method="post" action="\/sessions\/end-others"><button[^>]*>Sign out all other devices<\/button><\/form>/
    assert.match(show([here, phone]), endOthers)
    assert.doesNotMatch(show([here]), /end-others/)
    assert.match(show([here]), /You are signed in on no other device\./)
  })

  it('says how each session ended, in words', () => {
    for (const [reason, words] of Object.entries(endings) as [EndedSession['reason'], string][]) {
      const page = show([here], [{ device: 'curl', address: '192.0.2.2', endedAt: now - 60, reason }])
      const lately = page.slice(page.indexOf('<h2>Signed out lately</h2>'))
      assert.ok(lately.includes(`>${words}</p>`), words)
      assert.match(lately, /curl.*192\.0\.2\.2.*08:13 UTC/s)
    }
    assert.doesNotMatch(show([here]), /Signed out lately/)
  })

  it('confirms what was done, in a sentence of its own', () => {
    const page = (notice: 'ended' | 'others-ended') =>
      devicesPage({}, { live, sessions: [here], ended: [], notice })
    assert.match(page('ended'), /role="status">That device was signed out\.</)
    assert.match(page('others-ended'), /role="status">All other devices were signed out\.</)
    assert.doesNotMatch(show([here]), /class="notice/)
  })
})
