import assert from 'node:assert/strict'
import type { Config } from '../config.ts'
import vectors from '../vectors/set-cookie-assertions.json' with { type: 'json' }
import { ACCESS_TOKEN, REFRESH_TOKEN } from './answers.testing.ts'
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

// RFC 6265bis 5.5: what is longer, browsers cut, and hono throws.
const LONGEST_COOKIE_SECONDS = 400 * 86_400

const isHttps = ({ config }: Written) => config.publicUrl.startsWith('https:')
const isRefresh = ({ name }: Written) => name.endsWith('refresh')
const isSentBack = ({ name }: Written) => name.endsWith('sent-back')
const isToken = (cookie: Written) => !isRefresh(cookie) && !isSentBack(cookie)
const isShared = (cookie: Written) => cookie.config.cookieDomain !== null && isToken(cookie)
const isRemoval = ({ value }: Written) => value === ''

// A count and a hash: no credential.
const SENT_BACK = /[1-3]\.[\w-]{43}/

// In the order of the file. Without https there is no prefix and no Secure: browsers would drop the cookie.
const ALWAYS: [beginning: string, check: Check][] = [
  [
    'name starts with __Host-',
    (cookie) => {
      // The refresh cookie is never shared with other hosts, whatever the access token's is.
      const prefix = isHttps(cookie) ? (isShared(cookie) ? '__Secure-' : '__Host-') : ''
      const names = ['token', 'refresh', 'sent-back'].map((name) => prefix + name)
      assert.ok(names.includes(cookie.name), cookie.name)
      // Each holds its own kind of token, and nothing else.
      const kind = isRefresh(cookie) ? REFRESH_TOKEN : isSentBack(cookie) ? SENT_BACK : ACCESS_TOKEN
      if (!isRemoval(cookie)) assert.match(cookie.value, new RegExp(`^${kind.source}$`), cookie.name)
    },
  ],
  [
    'Secure; Path=/',
    (cookie) => {
      assert.equal(cookie.get('secure'), isHttps(cookie) ? '' : undefined)
      assert.equal(cookie.get('path'), '/')
      assert.equal(cookie.get('domain'), isShared(cookie) ? cookie.config.cookieDomain : undefined)
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
      const maxAge = Number(cookie.get('max-age'))
      if (!isToken(cookie)) return assert.ok(maxAge > 0 && maxAge <= LONGEST_COOKIE_SECONDS, `${maxAge}`)
      const { exp } = JSON.parse(Buffer.from(cookie.value.split('.')[1] ?? '', 'base64url').toString())
      assert.ok(Math.abs(maxAge - (exp - cookie.now)) <= 1)
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
