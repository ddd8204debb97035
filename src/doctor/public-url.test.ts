import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { levels, told } from './judge.testing.ts'
import type { Reach } from './look-at-public-url.ts'
import { judgePublicUrl } from './public-url.ts'

const URL = 'https://auth.example.org'
const judge = (reach: Reach, signingKid: string | null = 'kid') => judgePublicUrl(URL, reach, signingKid)

describe('the doctor, of the public URL', () => {
  for (const [reach, expected] of [
    [
      { kind: 'unreachable', code: 'ENOTFOUND' },
      `warning: ${URL} cannot be reached from this machine (ENOTFOUND).`,
    ],
    [
      { kind: 'bad-certificate', code: 'CERT_HAS_EXPIRED' },
      `problem: The certificate of ${URL} is not accepted (CERT_HAS_EXPIRED).`,
    ],
    [
      { kind: 'no-tls', code: 'EPROTO' },
      `problem: What answers at ${URL} does not speak TLS as it should (EPROTO).`,
    ],
    [
      { kind: 'redirected', to: 'https://www.example.org' },
      `problem: ${URL} sends to https://www.example.org.`,
    ],
    [{ kind: 'store-down' }, `problem: Latchkey answers at ${URL}, and its stores do not.`],
    [{ kind: 'stranger' }, `problem: What answers at ${URL} is not Latchkey.`],
    [
      { kind: 'latchkey', kids: ['old', 'kid'] },
      `ok: Latchkey answers at ${URL}, and publishes its keys there.`,
    ],
    [
      { kind: 'latchkey', kids: ['old'] },
      `problem: Latchkey answers at ${URL}, and does not publish the key kid that signs here.`,
    ],
  ] as [Reach, string][])
    it(`says: ${expected}`, () => assert.deepEqual(told(judge(reach)), [expected]))

  it('looks for no key where none that is published signs', () =>
    assert.deepEqual(levels(judge({ kind: 'latchkey', kids: [] }, null)), ['ok']))
})
