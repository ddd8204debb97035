import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { isDatabaseUrl } from './lib/database-url.ts'
import { SHORTEST_SECRET_BYTES } from './lib/derive-key.ts'
import { parseDuration } from './lib/durations.ts'
import { parseNetworks } from './lib/networks.ts'
import { readRedisUrl } from './lib/redis-url.ts'
import { ALGORITHMS } from './tokens/algorithms.ts'
import { EXTRA_CLAIMS } from './tokens/claims.ts'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const DAY_SECONDS = 86_400
const LONGEST_AUDIENCES = 500

const duration = z.string().transform((text, context) => {
  const seconds = parseDuration(text)
  if (seconds !== null) return seconds
  context.issues.push({
    code: 'custom',
    message: 'must be a length of time such as 30s, 5m, 12h or 7d',
    input: text,
  })
  return z.NEVER
})

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`)

// Without a dot at its end, with which it would be another origin to browsers, and the same host.
const HOST = /^(?:[\w-]+\.)*[\w-]+$|^\[[\da-f:.]+\]$/

function parseOrigin(text: string): URL | null {
  const url = URL.parse(text)
  const isOrigin =
    url &&
    /^https?:$/.test(url.protocol) &&
    // A URL may have `*`, `;` and the like in its host, and no browser ever sends it so: in our headers it would mean more than a host.
    HOST.test(url.hostname) &&
    url.pathname === '/' &&
    !url.search &&
    !url.hash &&
    !url.username &&
    !url.password
  return isOrigin ? url : null
}

const origin = z.string().transform((text, context) => {
  const url = parseOrigin(text)
  if (url) return url
  context.issues.push({
    code: 'custom',
    message: 'must be an origin such as https://auth.example.org, without a path',
    input: text,
  })
  return z.NEVER
})

/** The words of a list that is separated by commas. */
const listed = (text: string): string[] => text.split(',').map((word) => word.trim())

const origins = z.string().transform((text, context) => {
  const urls = listed(text).map(parseOrigin)
  if (urls.every((url) => url !== null)) return [...new Set(urls.map(({ origin }) => origin))]
  context.issues.push({
    code: 'custom',
    message: 'must be origins such as https://app.example.org, without a path, separated by commas',
    input: text,
  })
  return z.NEVER
})

// One label, and below a domain of two at least: nobody has all of `*.org`.
const ANY_LABEL = /^(https?:\/\/)\*\.(?=[^.]+\.)/

/** An origin, or all that are one label below a domain: `https://*.example.org`. */
function parseReturn(text: string): string | null {
  const url = parseOrigin(text.replace(ANY_LABEL, '$1any.'))
  if (!url) return null
  return ANY_LABEL.test(text) ? url.origin.replace('//any.', '//*.') : url.origin
}

const returns = z.string().transform((text, context) => {
  const names = listed(text).map(parseReturn)
  if (names.every((name) => name !== null)) return [...new Set(names)]
  context.issues.push({
    code: 'custom',
    message:
      'must be origins such as https://app.example.org, or https://*.example.org for all of that domain, without a path, separated by commas',
    input: text,
  })
  return z.NEVER
})

const audiences = z
  .string()
  .max(
    LONGEST_AUDIENCES,
    `must not be longer than ${LONGEST_AUDIENCES} characters, for each token carries it`,
  )
  .transform((text) => [...new Set(listed(text))])
  .refine(
    (words) => words.every((word) => word !== ''),
    'must be one audience or several, separated by commas',
  )

const extraClaims = z
  .string()
  .transform((text) => listed(text))
  .pipe(z.array(z.enum(EXTRA_CLAIMS, `must be ${EXTRA_CLAIMS.join(' or ')}, or both, separated by a comma`)))

const networks = z.string().transform((text, context) => {
  const list = parseNetworks(listed(text))
  if (list) return list
  context.issues.push({
    code: 'custom',
    message: 'must be addresses or networks such as 127.0.0.1, 10.0.0.0/8',
    input: text,
  })
  return z.NEVER
})

const secret = z
  .string()
  .transform((text) => new TextEncoder().encode(text))
  .refine(
    (bytes) => bytes.length >= SHORTEST_SECRET_BYTES,
    `must be at least ${SHORTEST_SECRET_BYTES} bytes long: make one with \`openssl rand -base64 32\``,
  )

const databaseUrl = z
  .string()
  .refine(
    isDatabaseUrl,
    'must be a URL such as postgres://user:password@db.example.org:5432/latchkey. In a password, what is no letter or digit is written as in %23 for #',
  )

const redisUrl = z
  .string()
  .refine(
    (text) => readRedisUrl(text) !== null,
    'must be a URL such as redis://:password@redis.example.org:6379/0, or rediss:// over TLS. In a password, what is no letter or digit is written as in %23 for #',
  )

const SHORTEST_METRICS_TOKEN = 16

const metricsToken = z
  .string()
  .min(
    SHORTEST_METRICS_TOKEN,
    `must be at least ${SHORTEST_METRICS_TOKEN} characters long: make one with \`openssl rand -hex 24\``,
  )
  // What can stand after `Bearer` in a header (RFC 6750 2.1): with anything else nobody could ever show it.
  .regex(/^[\w.~+/-]+=*$/, 'must be of letters, digits and -._~+/ only: make one with `openssl rand -hex 24`')

/** Each setting, with what it is when nothing is said. */
export const SETTINGS = {
  PORT: integer(1, 65_535).default(8000),
  HOST: z.string().min(1, 'must be an address to listen on').default('127.0.0.1'),
  PUBLIC_URL: origin.optional(),
  DATA_DIR: z.string().min(1, 'must be a folder').default('data'),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
  KEYS_DIR: z.string().min(1, 'must be a folder').optional(),
  KEY_LEAD: duration.default(5 * 60),
  SECRET: secret.optional(),
  TOKEN_TTL: duration.default(300),
  REFRESH_WINDOW: duration.default(30),
  API_TOKEN_TTL: duration.default(15 * 60),
  REFRESH_TTL: duration.default(7 * DAY_SECONDS),
  SESSION_MAX_AGE: duration.default(12 * 3600),
  REMEMBER_MAX_AGE: duration.default(30 * DAY_SECONDS),
  TOKEN_ALG: z.enum(ALGORITHMS, `must be one of ${ALGORITHMS.join(', ')}`).default('ES256'),
  TOKEN_CLAIMS: extraClaims.default([]),
  TOKEN_AUDIENCE: audiences.optional(),
  COOKIE_DOMAIN: z
    .string()
    .regex(
      /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      'must be a domain in lower case such as example.org, without a leading dot',
    )
    .refine((text) => isIP(text) === 0, 'must be a domain: no browser shares a cookie between addresses')
    .optional(),
  RETURN_TO: returns.default([]),
  CORS_ORIGINS: origins.default([]),
  TRUSTED_PROXIES: networks.default(new BlockList()),
  PASSWORD_MIN_LENGTH: integer(8, 128).default(15),
  AUDIT_KEEP: duration.default(90 * DAY_SECONDS),
  METRICS_TOKEN: metricsToken.optional(),
  METRICS_PORT: integer(1, 65_535).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
} satisfies Record<string, z.ZodType>

export type Name = keyof typeof SETTINGS
export const NAMES = Object.keys(SETTINGS) as Name[]

/** Those that can also be given as a file, whose path is the setting of that name and `_FILE`. */
export const SECRETS = ['DATABASE_URL', 'REDIS_URL', 'SECRET', 'METRICS_TOKEN'] as const satisfies Name[]

/** The settings as read. */
export type Settings = { [N in Name]: z.output<(typeof SETTINGS)[N]> }
