import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, it } from 'node:test'
import { createApp } from '../../app.ts'
import { testDeps } from '../../testing.ts'
import { told } from '../judge.testing.ts'
import { APP, answer, PUBLIC_URL } from './chain.testing.ts'
import { judgeInside, judgeLeadsBack, leadsBackBy } from './judge-latchkey.ts'
import { judgeReach } from './judge-reach.ts'
import { judgeTrust } from './judge-trust.ts'

describe('the doctor, of the sign-in page', () => {
  for (const [returnTo, expected] of [
    [[APP.origin], true],
    [['https://*.example.test'], true],
    [['https://other.example.test'], false],
    [[], false],
  ] as [string[], boolean][])
    it(`sees that it ${expected ? 'leads' : 'does not lead'} back, with RETURN_TO=${returnTo}`, async (t) => {
      const { deps } = await testDeps({ publicUrl: PUBLIC_URL, returnTo })
      t.after(deps.close)
      const page = await createApp(deps).request(`/signin?next=${encodeURIComponent(APP.href)}`, {
        headers: { accept: 'text/html' },
      })
      assert.equal(leadsBackBy(answer(page.status, { text: await page.text() })), expected)
    })

  it('cannot tell by what is no sign-in page', () => {
    assert.equal(leadsBackBy(answer(200, { text: '<form action="/login">' })), null)
    assert.equal(leadsBackBy(answer(503)), null)
    assert.equal(leadsBackBy({ kind: 'unreachable', code: 'X' }), null)
  })

  it('says which setting to change', () => {
    assert.deepEqual(told(judgeLeadsBack(true, APP)), [
      'ok: The sign-in page leads back to https://app.example.test.',
    ])
    const [finding] = judgeLeadsBack(false, APP)
    assert.ok(
      finding?.level === 'problem' &&
        finding.whatToDo.startsWith('Add https://app.example.test to RETURN_TO'),
    )
    assert.deepEqual(judgeLeadsBack(null, APP), [])
  })
})

describe('the doctor, of what only a proxy may ask', () => {
  for (const [statuses, sentence] of [
    [{ '/a': 404, '/b': 404 }, /^ok: /],
    [{ '/a': null, '/b': 404 }, /^ok: /],
    [{ '/a': 404, '/b': 400 }, /^problem: \/b can be asked from outside .* \(answered 400\)/],
    [{ '/a': 200, '/b': 403 }, /^problem: \/a, \/b can be asked/],
    [{ '/a': 403, '/b': 403 }, /^warning: \/a, \/b can be asked .* refuses it \(403\)\.$/],
  ] as [Record<string, number | null>, RegExp][])
    it(`${JSON.stringify(statuses)}: ${sentence.source}`, () =>
      assert.match(told(judgeInside(PUBLIC_URL, statuses, null)).join(), sentence))

  it('TRUSTED_PROXIES must name somebody', () => {
    const trustedProxies = new BlockList()
    assert.match(
      told(judgeTrust({ cookieDomain: null, trustedProxies })).join(),
      /^problem: TRUSTED_PROXIES is empty/,
    )
    trustedProxies.addAddress('127.0.0.1')
    assert.match(told(judgeTrust({ cookieDomain: null, trustedProxies })).join(), /^ok: /)
  })
})

describe('the doctor, of whom the cookie reaches', () => {
  for (const [app, domain, level, words] of [
    ['https://app.example.test/', 'example.test', 'ok', /reaches app/],
    ['https://auth.example.test:8443/', null, 'ok', /reaches auth/],
    [
      'https://app.example.test/',
      null,
      'problem',
      /for auth\.example\.test alone .* Set COOKIE_DOMAIN=example\.test,/,
    ],
    ['https://app.eu.example.test/', 'eu.example.test', 'ok', /reaches/],
    [
      'https://app.example.test/',
      'eu.example.test',
      'problem',
      /for the hosts of eu\.example\.test, .* Set COOKIE_DOMAIN=example\.test,/,
    ],
    ['https://app.other.test/', null, 'problem', /no domain in common/],
    ['https://127.0.0.1/', null, 'problem', /no domain in common/],
    ['http://app.example.test/', 'example.test', 'problem', /for https alone/],
  ] as const)
    it(`${app} by COOKIE_DOMAIN=${domain}: ${level}`, () => {
      const finding = judgeReach(PUBLIC_URL, new URL(app), domain)
      assert.equal(finding.level, level)
      assert.match(`${finding.sentence} ${finding.level === 'ok' ? '' : finding.whatToDo}`, words)
    })
})
