import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readAuthorization } from './authorization.ts'

const SCHEMES = ['Bearer', 'JWT'] as const
const TOKEN = 'e30.e30.e30'

describe('readAuthorization', () => {
  const taken: [header: string, scheme: string, credentials: string][] = [
    [`Bearer ${TOKEN}`, 'Bearer', TOKEN],
    [`bearer ${TOKEN}`, 'Bearer', TOKEN],
    [`BEARER ${TOKEN}`, 'Bearer', TOKEN],
    [`JWT ${TOKEN}`, 'JWT', TOKEN],
    [`jwt   ${TOKEN}`, 'JWT', TOKEN],
    [`Bearer\t \t${TOKEN}`, 'Bearer', TOKEN],
    ['Bearer', 'Bearer', ''],
    ['Bearer ', 'Bearer', ''],
    ['Bearer a b', 'Bearer', 'a b'],
    [`Bearer ${TOKEN}, JWT ${TOKEN}`, 'Bearer', `${TOKEN}, JWT ${TOKEN}`],
    [`Bearer ${TOKEN} `, 'Bearer', `${TOKEN} `],
    ['Bearer =', 'Bearer', '='],
    // A no-break space is a character like any other.
    ['Bearer \u00a0x', 'Bearer', '\u00a0x'],
  ]
  for (const [header, scheme, credentials] of taken) {
    test(`${JSON.stringify(header)} is of ${scheme}, with ${JSON.stringify(credentials)}`, () => {
      assert.deepEqual(readAuthorization(header, SCHEMES), { scheme, credentials })
    })
  }

  const refused = [
    '',
    ' ',
    TOKEN,
    `Token ${TOKEN}`,
    `Basic ${TOKEN}`,
    `Bearer2 ${TOKEN}`,
    `Bearer:${TOKEN}`,
    `Bearer=${TOKEN}`,
    `Bearer,${TOKEN}`,
    `Bearer\u00a0${TOKEN}`,
    ` Bearer ${TOKEN}`,
    `"Bearer" ${TOKEN}`,
    `Bearer${TOKEN}`,
    `Bear er ${TOKEN}`,
    // Letters that some notions of case would take for others.
    `\u212aWT ${TOKEN}`,
    `JWT\u0130 ${TOKEN}`,
    'constructor x',
    '__proto__ x',
  ]
  for (const header of refused) {
    test(`CVE-2026-47673: ${JSON.stringify(header)} is of no scheme that is taken`, () => {
      assert.equal(readAuthorization(header, SCHEMES), null)
    })
  }

  test('JWT is taken only where it is asked for', () => {
    assert.equal(readAuthorization(`JWT ${TOKEN}`, ['Bearer']), null)
    assert.equal(readAuthorization(`Bearer ${TOKEN}`, []), null)
  })

  test('no header at all is null, as Node and as fetch say it', () => {
    assert.equal(readAuthorization(undefined, SCHEMES), null)
    assert.equal(readAuthorization(null, SCHEMES), null)
  })

  test('CVE-2026-69207: long rows of blanks and letters are no work', () => {
    const blanks = ' \t'.repeat(500_000)
    const before = process.cpuUsage()
    for (const header of [
      blanks,
      `Bearer${blanks}`,
      `Bearer${blanks}x`,
      `Bearer x${blanks}x`,
      'B'.repeat(1_000_000),
    ])
      readAuthorization(header, SCHEMES)
    const ms = process.cpuUsage(before).user / 1000
    assert.ok(ms < 500, `${ms} ms`)
  })
})
