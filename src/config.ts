import { readFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { parseDuration } from './lib/durations.ts'
import { parseNetworks } from './lib/networks.ts'

/** Everything the program can be told, once and for all. Lengths of time are seconds. */
export interface Config {
  host: string
  port: number
  /** The origin under which browsers reach us, without a slash: the issuer, and what `Origin` must be. */
  publicUrl: string
  /** Null: everything is kept in memory, and gone at the end. */
  dataDir: string | null
  keysDir: string | null
  tokenTtlSeconds: number
  refreshWindowSeconds: number
  sessionMaxAgeSeconds: number
  /** No token lives longer, and none that claims to is accepted. */
  longestTokenLifeSeconds: number
  tokenAudience: string
  cookieDomain: string | null
  /** Peers whose X-Forwarded-For is believed. */
  trustedProxies: BlockList
  passwordMinLength: number
  logLevel: (typeof LOG_LEVELS)[number]
  /** Passwords hashed at once. */
  hashConcurrency: number
  /** The tutorial: in memory, with two users whose passwords everybody knows. */
  demo: boolean
}

export type Environment = Record<string, string | undefined>
export type ConfigOutcome = { ok: true; config: Config } | { ok: false; problems: string[] }

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
// libuv's default; argon2 and WebCrypto share it.
const DEFAULT_THREADS = 4
const MOST_HASHES_AT_ONCE = 2

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

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`)

const origin = z.string().transform((text, context) => {
  const url = URL.parse(text)
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    !url.search &&
    !url.hash &&
    !url.username
  )
    return url
  context.issues.push({
    code: 'custom',
    message: 'must be an origin such as https://auth.example.org, without a path',
    input: text,
  })
  return z.NEVER
})

const networks = z.string().transform((text, context) => {
  const list = parseNetworks(text.split(',').map((part) => part.trim()))
  if (list) return list
  context.issues.push({
    code: 'custom',
    message: 'must be addresses or networks such as 127.0.0.1, 10.0.0.0/8',
    input: text,
  })
  return z.NEVER
})

/** Each setting, with what it is when nothing is said. */
const SETTINGS = {
  PORT: integer(1, 65_535).default(8000),
  HOST: z.string().min(1, 'must be an address to listen on').default('127.0.0.1'),
  PUBLIC_URL: origin.optional(),
  DATA_DIR: z.string().min(1, 'must be a folder').default('data'),
  KEYS_DIR: z.string().min(1, 'must be a folder').optional(),
  TOKEN_TTL: duration.default(300),
  REFRESH_WINDOW: duration.default(30),
  SESSION_MAX_AGE: duration.default(12 * 3600),
  TOKEN_AUDIENCE: z.string().min(1, 'must not be empty').optional(),
  COOKIE_DOMAIN: z
    .string()
    .regex(
      /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      'must be a domain in lower case such as example.org, without a leading dot',
    )
    .optional(),
  TRUSTED_PROXIES: networks.default(new BlockList()),
  PASSWORD_MIN_LENGTH: integer(8, 128).default(15),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
} satisfies Record<string, z.ZodType>

type Name = keyof typeof SETTINGS
const NAMES = Object.keys(SETTINGS) as Name[]
// What the tutorial mode takes no notice of: it keeps nothing and touches nothing.
const IGNORED_IN_DEMO: readonly string[] = ['DATA_DIR', 'KEYS_DIR']

/** Reads the settings from the environment and `.env` (the environment wins). Every problem is named; no value is repeated. */
export function readConfig(environment: Environment, { demo = false, envFile = '.env' } = {}): ConfigOutcome {
  const fromFile = demo ? {} : readEnvFile(envFile)
  const given: Environment = { ...fromFile, ...environment }
  const problems = [...unknownNames(fromFile, envFile), ...misspeltNames(environment)]

  const values: Partial<Record<Name, unknown>> = {}
  for (const name of NAMES) {
    const text = demo && IGNORED_IN_DEMO.includes(name) ? undefined : given[name]
    // An empty setting is one that was not made, as in `PORT= npm start`.
    const parsed = SETTINGS[name].safeParse(text === '' ? undefined : text)
    if (parsed.success) values[name] = parsed.data
    else problems.push(...parsed.error.issues.map(({ message }) => `${name} ${message}.`))
  }
  const threads = integer(2, 1024).default(DEFAULT_THREADS).safeParse(environment.UV_THREADPOOL_SIZE)
  if (!threads.success)
    problems.push('UV_THREADPOOL_SIZE must be at least 2: one thread is kept for checking tokens.')

  // A setting that did not parse is absent here, so rules between settings are checked on the others.
  problems.push(...conflicts(values as Partial<Parsed>, demo))
  if (problems.length > 0 || !threads.success) return { ok: false, problems }
  return { ok: true, config: toConfig(values as Parsed, threads.data, demo) }
}

type Parsed = { [N in Name]: z.output<(typeof SETTINGS)[N]> }

function toConfig(values: Parsed, threads: number, demo: boolean): Config {
  const publicUrl = values.PUBLIC_URL?.origin ?? `http://localhost:${values.PORT}`
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    publicUrl,
    dataDir: demo ? null : resolve(values.DATA_DIR),
    keysDir: demo ? null : resolve(values.KEYS_DIR ?? join(values.DATA_DIR, 'keys')),
    tokenTtlSeconds: values.TOKEN_TTL,
    refreshWindowSeconds: values.REFRESH_WINDOW,
    sessionMaxAgeSeconds: values.SESSION_MAX_AGE,
    longestTokenLifeSeconds: values.TOKEN_TTL,
    tokenAudience: values.TOKEN_AUDIENCE ?? publicUrl,
    cookieDomain: values.COOKIE_DOMAIN ?? null,
    trustedProxies: values.TRUSTED_PROXIES,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    logLevel: values.LOG_LEVEL,
    hashConcurrency: Math.min(MOST_HASHES_AT_ONCE, threads - 1),
    demo,
  })
}

/** Rules between settings. */
function conflicts(values: Partial<Parsed>, demo: boolean): string[] {
  const {
    PUBLIC_URL: url,
    COOKIE_DOMAIN: domain,
    TOKEN_TTL: ttl,
    REFRESH_WINDOW: window,
    SESSION_MAX_AGE: maxAge,
  } = values
  const loopback = !url || isLoopback(url.hostname)
  const problems: string[] = []
  if (url?.protocol === 'http:' && !loopback) {
    problems.push(
      'PUBLIC_URL must be https, for a password sent over http can be read on the way. Plain http is for localhost.',
    )
  }
  if (ttl !== undefined && window !== undefined && ttl <= window) {
    problems.push('TOKEN_TTL must be longer than REFRESH_WINDOW.')
  }
  if (ttl !== undefined && maxAge !== undefined && maxAge < ttl) {
    problems.push('SESSION_MAX_AGE must not be shorter than TOKEN_TTL.')
  }
  if (domain && url && url.protocol !== 'https:') problems.push('COOKIE_DOMAIN needs an https PUBLIC_URL.')
  if (domain && (!url || !(url.hostname === domain || url.hostname.endsWith(`.${domain}`)))) {
    problems.push('COOKIE_DOMAIN must be the domain of PUBLIC_URL or one above it.')
  }
  if (demo && !loopback)
    problems.push('PUBLIC_URL must be a loopback address in the demo: its passwords are known to all.')
  if (demo && values.HOST && !isLoopback(values.HOST)) {
    problems.push('HOST must be a loopback address in the demo: its passwords are known to all.')
  }
  return problems
}

/** Whether a host name, as in a URL or to listen on, is this machine only. */
export const isLoopback = (hostname: string): boolean =>
  LOOPBACK_NAMES.includes(hostname) || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** `.env` is ours alone, so a name in it that is no setting is a mistake. */
const unknownNames = (fromFile: Environment, path: string): string[] =>
  Object.keys(fromFile)
    .filter((name) => !(NAMES as string[]).includes(name))
    .map((name) => {
      const meant = NAMES.find((setting) => isOneOff(name, setting))
      return `${name} in ${path} is no setting${meant ? `: did you mean ${meant}?` : '. The README lists them all.'}`
    })

// A short name is one letter off too many names that are not ours (PORT, SORT).
const SHORTEST_GUARDED = 6

/** The environment is everybody's: only a name one letter off one of ours is taken for a mistake. */
const misspeltNames = (environment: Environment): string[] =>
  Object.keys(environment).flatMap((name) =>
    (NAMES as string[]).includes(name)
      ? []
      : NAMES.filter((setting) => setting.length >= SHORTEST_GUARDED && isOneOff(name, setting)).map(
          (setting) => `${name} in the environment is no setting: did you mean ${setting}?`,
        ),
  )

/** One letter added, left out, changed, or two neighbours swapped. */
function isOneOff(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const [restA, restB] = [a.slice(start), b.slice(start)]
  return (
    restA.slice(1) === restB ||
    restB.slice(1) === restA ||
    restA.slice(1) === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  )
}
