import assert from 'node:assert/strict'
import type { Config } from '../config.ts'
import vectors from '../vectors/set-cookie-assertions.json' with { type: 'json' }
import type { Answer } from './requests.testing.ts'

/** For tests only: what set-cookie-assertions.json says of every Set-Cookie, one check for each of its sentences. */

interface Written {
  name: string
  value: string
  /** By lower-case name, in the order written. */
  attributes: [name: string, value: string][]
  get(attribute: string): string | undefined
  answer: Answer
  config: Pick<Config, 'publicUrl' | 'cookieDomain'>
  now: number
}

type Check = (cookie: Written) => void

const isHttps = ({ config }: Written) => config.publicUrl.startsWith('https:')
const isRemoval = ({ value }: Written) => value === ''

// In the order of the file. Without https there is no prefix and no Secure: browsers would drop the cookie.
const ALWAYS: [beginning: string, check: Check][] = [
  [
    'name starts with __Host-',
    (cookie) => {
      const prefix = isHttps(cookie) ? (cookie.config.cookieDomain ? '__Secure-' : '__Host-') : ''
      assert.equal(cookie.name, `${prefix}token`)
    },
  ],
  [
    'Secure; Path=/',
    (cookie) => {
      assert.equal(cookie.get('secure'), isHttps(cookie) ? '' : undefined)
      assert.equal(cookie.get('path'), '/')
      assert.equal(cookie.get('domain'), cookie.config.cookieDomain ?? undefined)
    },
  ],
  ['HttpOnly', (cookie) => assert.equal(cookie.get('httponly'), '')],
  ['SameSite=Lax or Strict', (cookie) => assert.equal(cookie.get('samesite'), 'Lax')],
  ['name+value at most 4096', ({ name, value }) => assert.ok(name.length + value.length <= 4096)],
  [
    'at most one Set-Cookie per cookie name',
    ({ name, answer }) =>
      assert.equal(answer.setCookies.filter((line) => line.startsWith(`${name}=`)).length, 1),
  ],
  [
    'no attribute twice',
    ({ attributes }) => assert.equal(new Set(attributes.map(([name]) => name)).size, attributes.length),
  ],
  [
    'Max-Age of an access cookie equals exp - now',
    (cookie) => {
      if (isRemoval(cookie)) return
      const { exp } = JSON.parse(Buffer.from(cookie.value.split('.')[1] ?? '', 'base64url').toString())
      assert.ok(Math.abs(Number(cookie.get('max-age')) - (exp - cookie.now)) <= 1)
    },
  ],
  [
    'response carrying it has Cache-Control: no-store',
    ({ answer }) => assert.equal(answer.headers.get('cache-control'), 'no-store'),
  ],
]

const LOGOUT: [beginning: string, check: Check][] = [
  [
    'same name, Path and Secure as when set',
    (cookie) => {
      if (!isRemoval(cookie)) return
      assert.equal(cookie.get('max-age'), '0')
      assert.ok(Date.parse(cookie.get('expires') ?? '') <= 0)
    },
  ],
  ['Clear-Site-Data is optional', () => {}],
]

/** Checks every Set-Cookie of an answer. A sentence of the file without a check here is a failure. */
export function assertSetCookies(answer: Answer, config: Written['config'], now: number): void {
  assert.deepEqual(unchecked(), [])
  for (const line of answer.setCookies) {
    const cookie = parse(line, answer, config, now)
    for (const [, check] of [...ALWAYS, ...LOGOUT]) check(cookie)
  }
}

const unchecked = () =>
  (
    [
      [vectors.always, ALWAYS],
      [vectors.logout, LOGOUT],
    ] as const
  ).flatMap(([sentences, checks]) =>
    sentences.filter((sentence, i) => !sentence.startsWith(checks[i]?.[0] ?? '\0')),
  )

function parse(line: string, answer: Answer, config: Written['config'], now: number): Written {
  const [pair = '', ...rest] = line.split('; ')
  const attributes = rest.map((text): [string, string] => {
    const equals = text.indexOf('=')
    return equals < 0
      ? [text.toLowerCase(), '']
      : [text.slice(0, equals).toLowerCase(), text.slice(equals + 1)]
  })
  return {
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
    attributes,
    get: (attribute) => attributes.find(([name]) => name === attribute)?.[1],
    answer,
    config,
    now,
  }
}
