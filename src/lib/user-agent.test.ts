import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quickest } from '../quickest.testing.ts'
import { describeUserAgent } from './user-agent.ts'

const KIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const devices: [string, string][] = [
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KIT} Chrome/148.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${KIT} Chrome/148.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${KIT} Chrome/148.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${KIT} HeadlessChrome/148.0.0.0 Safari/537.36`, 'Chrome on Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/148.0.7778.1 Mobile/15E148 Safari/604.1',
    'Chrome on iPhone',
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${KIT} Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0`,
    'Edge on Windows',
  ],
  [
    `Mozilla/5.0 (Linux; Android 10) ${KIT} Chrome/148.0.0.0 Mobile Safari/537.36 EdgA/148.0.0.0`,
    'Edge on Android',
  ],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${KIT} Chrome/148.0.0.0 Safari/537.36 OPR/130.0.0.0`,
    'Opera on macOS',
  ],
  [
    `Mozilla/5.0 (Linux; Android 10; K) ${KIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0', 'Firefox on Android'],
  [
    'Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/150.0 Mobile/15E148 Safari/605.1.15',
    'Firefox on iPad',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  ['curl/8.5.0', 'curl'],
  ['Wget/1.21.4', 'Wget'],
  ['python-requests/2.32.3', 'Python'],
  ['Go-http-client/1.1', 'Go'],
  ['node', 'Node.js'],
  ['Mozilla/5.0 (X11; Linux x86_64) SomethingElse/1.0', 'Linux'],
  ['Lynx/2.9.0', 'Unknown device'],
  ['', 'Unknown device'],
]

describe('a user agent', () => {
  for (const [text, device] of devices) {
    it(`${JSON.stringify(text.slice(0, 60))} is ${device}`, () =>
      assert.equal(describeUserAgent(text), device))
  }

  it('that is not sent is an unknown device', () =>
    assert.equal(describeUserAgent(undefined), 'Unknown device'))

  it('never shows what was sent, and is read to its 512th character only', () => {
    assert.equal(describeUserAgent('<script>alert(1)</script>'), 'Unknown device')
    assert.equal(describeUserAgent(`${' '.repeat(512)}curl/8`), 'Unknown device')
  })

  it('of a megabyte is described at once', async () => {
    const long = `Version/${'1.'.repeat(500_000)}`
    assert.ok((await quickest(() => describeUserAgent(long))) < 50)
  })
})
