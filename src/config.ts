import type { BlockList } from 'node:net'
import { join, resolve } from 'node:path'
import { type Environment, readEnvironment } from './environment.ts'
import { isLoopback } from './lib/loopback.ts'
import { integer, type LogLevel, NAMES, type Name, SETTINGS, type Settings } from './settings.ts'
import type { Algorithm } from './tokens/algorithms.ts'
import type { ExtraClaim } from './tokens/claims.ts'

/** Everything the program can be told, once and for all. Lengths of time are seconds. */
export interface Config {
  host: string
  port: number
  /** The origin under which browsers reach us, without a slash: the issuer, and what `Origin` must be. */
  publicUrl: string
  /** Null: everything is kept in memory, and gone at the end. */
  dataDir: string | null
  /** Postgres, for whatever would be in the database file of the data folder. Holds a password. */
  databaseUrl: string | null
  /** Redis, for the sessions and the revocation log. Holds a password. */
  redisUrl: string | null
  keysDir: string | null
  /** A key signs once it has been published for so long. */
  keyLeadSeconds: number
  /** What the first key signs with. */
  tokenAlg: Algorithm
  /** Null: it is kept in the data folder, and made at the first start. */
  secret: Uint8Array | null
  tokenTtlSeconds: number
  apiTokenTtlSeconds: number
  refreshWindowSeconds: number
  /** A refresh token that is not used for so long is worth nothing any more. */
  refreshTtlSeconds: number
  sessionMaxAgeSeconds: number
  /** The same for sessions with a refresh token. */
  rememberMaxAgeSeconds: number
  /** No token lives longer, and none that claims to is accepted. */
  longestTokenLifeSeconds: number
  tokenAudiences: string[]
  /** What tokens say of a user besides who it is. */
  tokenClaims: ExtraClaim[]
  cookieDomain: string | null
  /** Origins that `next` may lead to besides our own: those of the apps behind forward auth. `*` stands for one label. */
  returnTo: string[]
  /** Origins whose pages may use `/v1/*`, without cookies. */
  corsOrigins: string[]
  /** Peers whose X-Forwarded-For is believed, and who may ask by forward auth. */
  trustedProxies: BlockList
  passwordMinLength: number
  auditKeepSeconds: number
  /** What whoever asks for the metrics must show; null: nobody may on the port of the pages. */
  metricsToken: string | null
  /** A port of their own for the metrics, on the same host. */
  metricsPort: number | null
  logLevel: LogLevel
  /** Passwords hashed at once. */
  hashConcurrency: number
  /** The tutorial: in memory, with two users whose passwords everybody knows. */
  demo: boolean
}

export type ConfigOutcome =
  | { ok: true; config: Config }
  /** `config` is for looking at what can be looked at, never to serve by: a setting that cannot be read is as if not made. */
  | { ok: false; problems: string[]; config: Config }

// libuv's default; argon2 and WebCrypto share it.
const DEFAULT_THREADS = 4
const MOST_HASHES_AT_ONCE = 2

/** Reads the settings from the environment and `.env` (the environment wins). Every problem is named; no value is repeated. */
export function readConfig(
  environment: Environment = process.env,
  { demo = false, envFile = '.env' } = {},
): ConfigOutcome {
  const { given, problems } = readEnvironment(environment, { demo, envFile })
  const values: Partial<Record<Name, unknown>> = {}
  for (const name of NAMES) {
    const parsed = SETTINGS[name].safeParse(given[name])
    if (parsed.success) values[name] = parsed.data
    else problems.push(...parsed.error.issues.map(({ message }) => `${name} ${message}.`))
  }
  const threads = integer(2, 1024).default(DEFAULT_THREADS).safeParse(environment.UV_THREADPOOL_SIZE)
  if (!threads.success)
    problems.push('UV_THREADPOOL_SIZE must be at least 2: one thread is kept for checking tokens.')

  // A setting that did not parse is absent here, so rules between settings are checked on the others.
  problems.push(...conflicts(values as Partial<Settings>, demo))
  if (problems.length === 0 && threads.success)
    return { ok: true, config: toConfig(values as Settings, threads.data, demo) }
  for (const name of NAMES) if (!(name in values)) values[name] = SETTINGS[name].parse(undefined)
  return { ok: false, problems, config: toConfig(values as Settings, threads.data ?? DEFAULT_THREADS, demo) }
}

function toConfig(values: Settings, threads: number, demo: boolean): Config {
  const publicUrl = values.PUBLIC_URL?.origin ?? `http://localhost:${values.PORT}`
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    publicUrl,
    dataDir: demo ? null : resolve(values.DATA_DIR),
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    keysDir: demo ? null : resolve(values.KEYS_DIR ?? join(values.DATA_DIR, 'keys')),
    keyLeadSeconds: values.KEY_LEAD,
    tokenAlg: values.TOKEN_ALG,
    secret: values.SECRET ?? null,
    tokenTtlSeconds: values.TOKEN_TTL,
    apiTokenTtlSeconds: values.API_TOKEN_TTL,
    refreshWindowSeconds: values.REFRESH_WINDOW,
    refreshTtlSeconds: values.REFRESH_TTL,
    sessionMaxAgeSeconds: values.SESSION_MAX_AGE,
    rememberMaxAgeSeconds: values.REMEMBER_MAX_AGE,
    longestTokenLifeSeconds: Math.max(values.TOKEN_TTL, values.API_TOKEN_TTL),
    tokenAudiences: values.TOKEN_AUDIENCE ?? [publicUrl],
    tokenClaims: values.TOKEN_CLAIMS,
    cookieDomain: values.COOKIE_DOMAIN ?? null,
    returnTo: values.RETURN_TO,
    corsOrigins: values.CORS_ORIGINS,
    trustedProxies: values.TRUSTED_PROXIES,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    auditKeepSeconds: values.AUDIT_KEEP,
    metricsToken: values.METRICS_TOKEN ?? null,
    metricsPort: values.METRICS_PORT ?? null,
    logLevel: values.LOG_LEVEL,
    hashConcurrency: Math.min(MOST_HASHES_AT_ONCE, threads - 1),
    demo,
  })
}

// What stands for several nodes.
const SHARING = ['DATABASE_URL', 'REDIS_URL'] as const satisfies Name[]

/** Whether there may be several nodes: then none of them makes a key or a secret by itself, for the others would have another. */
export const isShared = ({ databaseUrl, redisUrl }: Pick<Config, 'databaseUrl' | 'redisUrl'>): boolean =>
  databaseUrl !== null || redisUrl !== null

/** Rules between settings. One that did not parse is absent, and no rule about it is broken. */
function conflicts(values: Partial<Settings>, demo: boolean): string[] {
  const { PUBLIC_URL: url, COOKIE_DOMAIN: domain, HOST: host } = values
  const { TOKEN_TTL: ttl = 0, API_TOKEN_TTL: apiTtl = 0, REFRESH_WINDOW: window = 0 } = values
  const { SESSION_MAX_AGE: maxAge = Infinity, REMEMBER_MAX_AGE: rememberMaxAge = Infinity } = values
  const { REFRESH_TTL: refreshTtl = Infinity, CORS_ORIGINS: origins = [], RETURN_TO: returns = [] } = values
  const longestTtl = Math.max(ttl, apiTtl)
  const isPublic = url !== undefined && !isLoopback(url.hostname)
  const rules: [boolean, string][] = [
    [
      isPublic && url.protocol === 'http:',
      'PUBLIC_URL must be https, for a password sent over http can be read on the way. Plain http is for localhost.',
    ],
    [
      SHARING.some((name) => values[name] !== undefined) && 'SECRET' in values && values.SECRET === undefined,
      'SECRET must be set when DATABASE_URL or REDIS_URL is, the same on every node: make one with `openssl rand -base64 32`.',
    ],
    [ttl > 0 && ttl <= window, 'TOKEN_TTL must be longer than REFRESH_WINDOW.'],
    [maxAge < ttl, 'SESSION_MAX_AGE must not be shorter than TOKEN_TTL.'],
    [refreshTtl < longestTtl, 'REFRESH_TTL must be at least as long as TOKEN_TTL and API_TOKEN_TTL.'],
    [
      rememberMaxAge < longestTtl,
      'REMEMBER_MAX_AGE must be at least as long as TOKEN_TTL and API_TOKEN_TTL.',
    ],
    [
      domain !== undefined && 'PUBLIC_URL' in values && url?.protocol !== 'https:',
      'COOKIE_DOMAIN needs an https PUBLIC_URL.',
    ],
    [
      domain !== undefined && url !== undefined && !`.${url.hostname}`.endsWith(`.${domain}`),
      'COOKIE_DOMAIN must be the domain of PUBLIC_URL or one above it.',
    ],
    [
      // Whoever can change such a page on its way to the browser can take the password that is typed into it.
      origins.some(isPlainAndFar),
      'CORS_ORIGINS must be https, but for pages of this machine.',
    ],
    [returns.some(isPlainAndFar), 'RETURN_TO must be https, but for apps of this machine.'],
    [
      values.METRICS_PORT !== undefined && values.METRICS_PORT === values.PORT,
      'METRICS_PORT must be another port than PORT.',
    ],
    [demo && isPublic, 'PUBLIC_URL must be a loopback address in the demo: its passwords are known to all.'],
    [
      demo && host !== undefined && !isLoopback(host),
      'HOST must be a loopback address in the demo: its passwords are known to all.',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence)
}

const isPlainAndFar = (origin: string): boolean =>
  origin.startsWith('http:') && !isLoopback(new URL(origin).hostname)
