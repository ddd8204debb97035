import { readFileSync } from 'node:fs'
import type { BlockList } from 'node:net'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { isLoopback } from './lib/loopback.ts'
import { isOneOff } from './lib/one-off.ts'
import { integer, type LogLevel, NAMES, type Name, SETTINGS, type Settings } from './settings.ts'

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
  logLevel: LogLevel
  /** Passwords hashed at once. */
  hashConcurrency: number
  /** The tutorial: in memory, with two users whose passwords everybody knows. */
  demo: boolean
}

export type Environment = Record<string, string | undefined>
export type ConfigOutcome = { ok: true; config: Config } | { ok: false; problems: string[] }

// libuv's default; argon2 and WebCrypto share it.
const DEFAULT_THREADS = 4
const MOST_HASHES_AT_ONCE = 2

// What the tutorial mode takes no notice of: it keeps nothing and touches nothing.
const IGNORED_IN_DEMO: readonly string[] = ['DATA_DIR', 'KEYS_DIR']

/** Reads the settings from the environment and `.env` (the environment wins). Every problem is named; no value is repeated. */
export function readConfig(
  environment: Environment = process.env,
  { demo = false, envFile = '.env' } = {},
): ConfigOutcome {
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
  problems.push(...conflicts(values as Partial<Settings>, demo))
  if (problems.length > 0 || !threads.success) return { ok: false, problems }
  return { ok: true, config: toConfig(values as Settings, threads.data, demo) }
}

function toConfig(values: Settings, threads: number, demo: boolean): Config {
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

/** Rules between settings. One that did not parse is absent, and no rule about it is broken. */
function conflicts(values: Partial<Settings>, demo: boolean): string[] {
  const { PUBLIC_URL: url, COOKIE_DOMAIN: domain, HOST: host } = values
  const { TOKEN_TTL: ttl = 0, REFRESH_WINDOW: window = 0, SESSION_MAX_AGE: maxAge = 0 } = values
  const isPublic = url !== undefined && !isLoopback(url.hostname)
  const rules: [boolean, string][] = [
    [
      isPublic && url.protocol === 'http:',
      'PUBLIC_URL must be https, for a password sent over http can be read on the way. Plain http is for localhost.',
    ],
    [ttl > 0 && ttl <= window, 'TOKEN_TTL must be longer than REFRESH_WINDOW.'],
    [maxAge > 0 && maxAge < ttl, 'SESSION_MAX_AGE must not be shorter than TOKEN_TTL.'],
    [
      domain !== undefined && 'PUBLIC_URL' in values && url?.protocol !== 'https:',
      'COOKIE_DOMAIN needs an https PUBLIC_URL.',
    ],
    [
      domain !== undefined && url !== undefined && !`.${url.hostname}`.endsWith(`.${domain}`),
      'COOKIE_DOMAIN must be the domain of PUBLIC_URL or one above it.',
    ],
    [demo && isPublic, 'PUBLIC_URL must be a loopback address in the demo: its passwords are known to all.'],
    [
      demo && host !== undefined && !isLoopback(host),
      'HOST must be a loopback address in the demo: its passwords are known to all.',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence)
}

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
      return `${name} in ${path} is not a setting${meant ? `: did you mean ${meant}?` : '. The README lists them all.'}`
    })

// A short name is one letter off too many names that are not ours (PORT, SORT).
const SHORTEST_GUARDED = 6

/** The environment is everybody's: only a name one letter off one of ours is taken for a mistake. */
const misspeltNames = (environment: Environment): string[] =>
  Object.keys(environment).flatMap((name) =>
    (NAMES as string[]).includes(name)
      ? []
      : NAMES.filter((setting) => setting.length >= SHORTEST_GUARDED && isOneOff(name, setting)).map(
          (setting) => `${name} in the environment is not a setting: did you mean ${setting}?`,
        ),
  )
