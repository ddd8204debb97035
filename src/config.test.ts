import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { type Config, readConfig } from './config.ts'
import type { Environment } from './environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const NO_FILE = join(folder, 'absent')
const ENV_FILE = join(folder, '.env')
writeFileSync(ENV_FILE, 'PORT=9000\nNO_SUCH=1\n')

const A_SECRET = '32 bytes of text, not one less..'
const HTTPS = { PUBLIC_URL: 'https://auth.example.org' }

function read(environment: Environment, options: { demo?: boolean; envFile?: string } = {}): Config {
  const outcome = readConfig(environment, { envFile: NO_FILE, ...options })
  return outcome.ok ? outcome.config : assert.fail(outcome.problems.join('\n'))
}

function problems(environment: Environment, options: { demo?: boolean; envFile?: string } = {}): string[] {
  const outcome = readConfig(environment, { envFile: NO_FILE, ...options })
  return outcome.ok ? [] : outcome.problems
}

describe('the settings', () => {
  it('have defaults with which it starts', () => {
    const { trustedProxies, ...config } = read({})
    assert.deepEqual(trustedProxies.rules, [])
    assert.deepEqual(config, {
      ...{ host: '127.0.0.1', port: 8000, publicUrl: 'http://localhost:8000' },
      ...{ dataDir: resolve('data'), keysDir: resolve('data/keys'), secret: null },
      ...{ tokenTtlSeconds: 300, refreshWindowSeconds: 30, sessionMaxAgeSeconds: 43_200 },
      ...{ apiTokenTtlSeconds: 900, refreshTtlSeconds: 604_800, rememberMaxAgeSeconds: 2_592_000 },
      ...{ longestTokenLifeSeconds: 900, tokenAudiences: ['http://localhost:8000'], cookieDomain: null },
      ...{ passwordMinLength: 15, auditKeepSeconds: 7_776_000, logLevel: 'info' },
      ...{ databaseUrl: null, redisUrl: null },
      ...{ metricsToken: null, metricsPort: null },
      ...{ hashConcurrency: 2, demo: false, corsOrigins: [], returnTo: [] },
      ...{ keyLeadSeconds: 300, tokenAlg: 'ES256', tokenClaims: [] },
    })
    assert.ok(Object.isFrozen(read({})))
  })

  const good: [Environment, Partial<Config>][] = [
    [{ PORT: '1' }, { port: 1, publicUrl: 'http://localhost:1' }],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ PORT: '' }, { port: 8000 }],
    [{ HOST: '0.0.0.0' }, { host: '0.0.0.0' }],
    [
      { PUBLIC_URL: 'https://Auth.Example.org/' },
      { publicUrl: HTTPS.PUBLIC_URL, tokenAudiences: [HTTPS.PUBLIC_URL] },
    ],
    [{ PUBLIC_URL: 'https://auth.example.org:8443' }, { publicUrl: 'https://auth.example.org:8443' }],
    [{ PUBLIC_URL: 'http://127.0.0.1:9000' }, { publicUrl: 'http://127.0.0.1:9000' }],
    [{ PUBLIC_URL: 'http://[::1]:9000' }, { publicUrl: 'http://[::1]:9000' }],
    [{ DATA_DIR: '/srv/x' }, { dataDir: '/srv/x', keysDir: '/srv/x/keys' }],
    [{ KEYS_DIR: '/srv/k' }, { keysDir: '/srv/k' }],
    [{ SECRET: A_SECRET }, { secret: new TextEncoder().encode(A_SECRET) }],
    // Bytes are counted, not characters: this one has 16, of two bytes each.
    [{ SECRET: 'é'.repeat(16) }, { secret: new TextEncoder().encode('é'.repeat(16)) }],
    [{ TOKEN_TTL: '31s' }, { tokenTtlSeconds: 31, longestTokenLifeSeconds: 900 }],
    [{ TOKEN_TTL: '1h' }, { tokenTtlSeconds: 3600, longestTokenLifeSeconds: 3600 }],
    [{ API_TOKEN_TTL: '31s' }, { apiTokenTtlSeconds: 31, longestTokenLifeSeconds: 300 }],
    [{ API_TOKEN_TTL: '1d' }, { apiTokenTtlSeconds: 86_400, longestTokenLifeSeconds: 86_400 }],
    [{ REFRESH_TTL: '15m' }, { refreshTtlSeconds: 900 }],
    [{ REMEMBER_MAX_AGE: '15m' }, { rememberMaxAgeSeconds: 900 }],
    [{ AUDIT_KEEP: '365d' }, { auditKeepSeconds: 31_536_000 }],
    [{ METRICS_TOKEN: 'sixteen-letters.' }, { metricsToken: 'sixteen-letters.' }],
    [{ METRICS_TOKEN: 'aB3-._~+/aB3-._~==' }, { metricsToken: 'aB3-._~+/aB3-._~==' }],
    [{ METRICS_PORT: '9464' }, { metricsPort: 9464 }],
    [
      {
        DATABASE_URL: 'postgres://latchkey:p%40ss@db.example.org/latchkey?sslmode=verify-full',
        SECRET: A_SECRET,
      },
      { databaseUrl: 'postgres://latchkey:p%40ss@db.example.org/latchkey?sslmode=verify-full' },
    ],
    [
      { REDIS_URL: 'rediss://:p%40ss@redis.example.org:6380/2', SECRET: A_SECRET },
      { redisUrl: 'rediss://:p%40ss@redis.example.org:6380/2' },
    ],
    [{ REFRESH_WINDOW: '1m' }, { refreshWindowSeconds: 60 }],
    [{ SESSION_MAX_AGE: '5m' }, { sessionMaxAgeSeconds: 300 }],
    [{ TOKEN_AUDIENCE: 'apps' }, { tokenAudiences: ['apps'] }],
    [{ TOKEN_AUDIENCE: 'a, https://b.test,a' }, { tokenAudiences: ['a', 'https://b.test'] }],
    [{ TOKEN_AUDIENCE: 'a'.repeat(500) }, { tokenAudiences: ['a'.repeat(500)] }],
    [{ TOKEN_ALG: 'EdDSA' }, { tokenAlg: 'EdDSA' }],
    [{ TOKEN_ALG: 'HS256' }, { tokenAlg: 'HS256' }],
    [{ TOKEN_CLAIMS: 'email' }, { tokenClaims: ['email'] }],
    [{ TOKEN_CLAIMS: 'name, email' }, { tokenClaims: ['name', 'email'] }],
    [{ KEY_LEAD: '1s' }, { keyLeadSeconds: 1 }],
    [
      { CORS_ORIGINS: 'https://app.example.org, http://localhost:3000/,https://APP.example.org' },
      { corsOrigins: ['https://app.example.org', 'http://localhost:3000'] },
    ],
    [
      { RETURN_TO: 'https://Wiki.example.org/, https://*.Apps.example.org:8443,http://localhost:3000' },
      { returnTo: ['https://wiki.example.org', 'https://*.apps.example.org:8443', 'http://localhost:3000'] },
    ],
    [{ ...HTTPS, COOKIE_DOMAIN: 'example.org' }, { cookieDomain: 'example.org' }],
    [{ ...HTTPS, COOKIE_DOMAIN: 'auth.example.org' }, { cookieDomain: 'auth.example.org' }],
    [{ PASSWORD_MIN_LENGTH: '8' }, { passwordMinLength: 8 }],
    [{ PASSWORD_MIN_LENGTH: '128' }, { passwordMinLength: 128 }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ UV_THREADPOOL_SIZE: '2' }, { hashConcurrency: 1 }],
    [{ UV_THREADPOOL_SIZE: '3' }, { hashConcurrency: 2 }],
    [{ UV_THREADPOOL_SIZE: '64' }, { hashConcurrency: 2 }],
  ]
  for (const [environment, expected] of good) {
    it(`take ${JSON.stringify(environment)}`, () => {
      const config = read(environment)
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(config[name as keyof Config], value, name)
    })
  }

  it('take proxies as addresses and networks', () => {
    const { trustedProxies } = read({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,::1' })
    assert.ok(trustedProxies.check('10.9.8.7') && trustedProxies.check('::1', 'ipv6'))
    assert.ok(!trustedProxies.check('127.0.0.2'))
  })

  const bad: Record<string, string[]> = {
    PORT: ['0', '65536', '-1', '8e3', 'http', '80.5', ' 80', '0x50'],
    PUBLIC_URL: [
      ...['auth.example.org', 'ftp://x.org', 'https://x.org/a', 'https://x.org?a=b', 'https://x.org#a'],
      ...[
        'https://u:p@x.org',
        'https://:p@x.org',
        'http://auth.example.org',
        'http://0.0.0.0:8000',
        'http://localhost.evil.test',
      ],
    ],
    TOKEN_TTL: ['5', '5 m', '0s', '-5m', '1w', '29s', '30s'],
    REFRESH_WINDOW: ['x', '5m', '6m'],
    SESSION_MAX_AGE: ['x', '299s'],
    SECRET: ['too short', 'x'.repeat(31), 'é'.repeat(15)],
    DATABASE_URL: [
      ...['a-database', 'mysql://u:p@db.test/x', 'postgres://db.test', 'postgres:///latchkey'],
      ...['postgres://u:hun#ter2@db.test/x', 'postgres://u:100%@db.test/x'],
    ],
    REDIS_URL: [
      'redis.example.org:6379',
      'http://redis.example.org',
      'redis:///0',
      'redis://h/x',
      'redis://:a%zz@h',
    ],
    API_TOKEN_TTL: ['900', '0s', '8d'],
    REFRESH_TTL: ['x', '1w', '899s'],
    REMEMBER_MAX_AGE: ['x', '0d', '899s'],
    AUDIT_KEEP: ['forever', '0d'],
    // The first is one character short; no header can carry the others.
    METRICS_TOKEN: ['fifteen-letters', 'a token of five words', 'sixteen-letters,,', 'sixteen-letterß!'],
    METRICS_PORT: ['0', '65536', 'x', '8000'],
    KEY_LEAD: ['300', '0s', 'x'],
    TOKEN_ALG: ['none', 'es256', 'RS512', 'HS512'],
    TOKEN_CLAIMS: ['phone', 'name email', 'name,', 'role', '__proto__'],
    TOKEN_AUDIENCE: ['a,,b', ',', 'a,', 'a'.repeat(501)],
    CORS_ORIGINS: [
      ...['*', 'null', 'app.example.org', 'https://*.example.org', 'https://app.example.org/path'],
      ...[
        'https://app.example.org,',
        'http://app.example.org',
        'https://u@app.example.org',
        'ftp://localhost',
      ],
    ],
    RETURN_TO: [
      ...[
        '*',
        'https://*:1',
        'https://*.org.',
        'https://a;b.example.org',
        "https://a'b.example.org",
        'https://app.example.org.',
        'https://*.org',
        'https://*.*.example.org',
        'https://a*.example.org',
        'example.org',
      ],
      ...['https://wiki.example.org/path', 'http://wiki.example.org', 'http://*.example.org', 'https://a.b,'],
      ...['https://u@wiki.example.org', 'https://*.0.0.1', 'javascript://wiki.example.org'],
    ],
    COOKIE_DOMAIN: [
      'localhost',
      '.example.org',
      'Example.org',
      'example.org/',
      'a b.org',
      'other.org',
      'ample.org',
      '10.0.0.1',
    ],
    TRUSTED_PROXIES: ['proxy', '10.0.0.0/33', '10.0.0.1,', '*'],
    PASSWORD_MIN_LENGTH: ['7', '129', 'x', '8.5'],
    LOG_LEVEL: ['loud', 'INFO'],
    UV_THREADPOOL_SIZE: ['1', '0', 'x', '1025'],
  }
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      it(`refuse ${name}=${value}, by name and without repeating it`, () => {
        const told = problems({ ...HTTPS, [name]: value })
        assert.ok(told.length > 0)
        // A rule between two settings is told with the name of the one that must give way.
        assert.ok(
          told.every((problem) => problem.includes(name)),
          told.join(),
        )
        if (value.length > 4 && !['example', '10.0.0'].some((shown) => value.includes(shown))) {
          assert.ok(!told.join().includes(value), told.join())
        }
      })
    }
  }

  it('refuse a cookie domain without https, and one below or beside PUBLIC_URL', () => {
    const local = { PUBLIC_URL: 'http://localhost:8000', COOKIE_DOMAIN: 'example.org' }
    assert.match(problems(local).join(), /COOKIE_DOMAIN needs an https PUBLIC_URL/)
    for (const domain of ['sub.auth.example.org', 'xample.org', 'example.com']) {
      assert.match(problems({ ...HTTPS, COOKIE_DOMAIN: domain }).join(), /COOKIE_DOMAIN must be the domain/)
    }
    assert.match(problems({ COOKIE_DOMAIN: 'example.org' }).join(), /COOKIE_DOMAIN/)
    // A setting that did not parse breaks no rule between settings.
    const unread = problems({ PUBLIC_URL: 'nonsense', COOKIE_DOMAIN: 'example.org' })
    assert.deepEqual(
      unread.map((problem) => problem.split(' ')[0]),
      ['PUBLIC_URL'],
    )
  })

  for (const name of ['REFRESH_TTL', 'REMEMBER_MAX_AGE']) {
    const told = [`${name} must be at least as long as TOKEN_TTL and API_TOKEN_TTL.`]
    for (const [life, TOKEN_TTL, API_TOKEN_TTL, expected] of [
      ['59m', '1h', '1m', told],
      ['60m', '1h', '1m', []],
      ['61m', '1h', '1m', []],
      ['59m', '1m', '1h', told],
      ['60m', '1m', '1h', []],
      ['61m', '1m', '1h', []],
    ] as const) {
      it(`with ${name} ${life}, tokens of ${TOKEN_TTL} and ${API_TOKEN_TTL} are ${expected.length > 0 ? 'refused' : 'taken'}`, () => {
        assert.deepEqual(problems({ [name]: life, TOKEN_TTL, API_TOKEN_TTL }), expected)
      })
    }
  }

  it('tell how to make a SECRET that is good', () =>
    assert.deepEqual(problems({ SECRET: 'hunter2' }), [
      'SECRET must be at least 32 bytes long: make one with `openssl rand -base64 32`.',
    ]))

  it('refuse DATABASE_URL without a SECRET, in a sentence with what makes one, and without its value', () => {
    const DATABASE_URL = 'postgres://latchkey:hunter2@db.example.org/latchkey'
    const told =
      'SECRET must be set when DATABASE_URL or REDIS_URL is, the same on every node: make one with `openssl rand -base64 32`.'
    assert.deepEqual(problems({ DATABASE_URL }), [told])
    assert.deepEqual(problems({ DATABASE_URL, SECRET: A_SECRET }), [])
    // Told once what is wrong with it, and not also that it is missing.
    assert.match(
      problems({ DATABASE_URL, SECRET: 'short' }).join(),
      /^SECRET must be at least 32 bytes[^.]*\.$/,
    )
  })

  it('tell how to write a DATABASE_URL that is good, and not the one that was given', () => {
    const [problem = '', ...more] = problems({
      DATABASE_URL: 'postgres://u:hunter2#@db.example.org/x',
      SECRET: A_SECRET,
    })
    assert.match(problem, /^DATABASE_URL must be a URL such as postgres:\/\//)
    assert.doesNotMatch(problem, /hunter2/)
    assert.deepEqual(more, [])
  })

  it('refuse REDIS_URL without a SECRET, for every node must have the same', () => {
    const [problem = '', ...more] = problems({ REDIS_URL: 'redis://:hunter2@redis.example.org' })
    assert.match(problem, /^SECRET must be set when /)
    assert.deepEqual(more, [])
  })

  it('tell how to write a REDIS_URL that is good, and not the one that was given', () => {
    const [problem = ''] = problems({ REDIS_URL: 'redis://:hunter2@redis.example.org/x', SECRET: A_SECRET })
    assert.match(problem, /^REDIS_URL must be a URL such as redis:\/\//)
    assert.doesNotMatch(problem, /hunter2/)
  })

  it('tell how to make a METRICS_TOKEN that is good', () =>
    assert.deepEqual(problems({ METRICS_TOKEN: 'hunter2' }), [
      'METRICS_TOKEN must be at least 16 characters long: make one with `openssl rand -hex 24`.',
    ]))

  it('refuse METRICS_PORT when it is PORT, also the PORT that nobody named', () => {
    const told = ['METRICS_PORT must be another port than PORT.']
    assert.deepEqual(problems({ METRICS_PORT: '8000' }), told)
    assert.deepEqual(problems({ PORT: '9000', METRICS_PORT: '9000' }), told)
    assert.deepEqual(problems({ PORT: '9000', METRICS_PORT: '8000' }), [])
  })

  it('name every problem at once, also between the settings that are right', () => {
    const told = problems(
      {
        ...{ PORT: 'x', TOKEN_TTL: '10s', PASSWORD_MIN_LENGTH: '2', LOG_LEVEL: 'loud', TRUSTED_PROXIES: 'x' },
        ...{ PUBLIC_URL: 'http://auth.example.org', UV_THREADPOOL_SIZE: '1', REFRESH_WINDO: '5s' },
      },
      { envFile: ENV_FILE },
    ).join('\n')
    const named = [
      'PORT',
      'TOKEN_TTL',
      'PASSWORD_MIN_LENGTH',
      'LOG_LEVEL',
      'TRUSTED_PROXIES',
      'UV_THREADPOOL_SIZE',
    ]
    for (const name of [...named, 'NO_SUCH', 'REFRESH_WINDO ', 'PUBLIC_URL must be https']) {
      assert.ok(told.includes(name), `${name} is not named in\n${told}`)
    }
  })
})

describe('the demo', () => {
  it('keeps nothing and takes no notice of .env, folders and secrets', () => {
    // Neither of them could be used otherwise.
    const secrets = {
      SECRET: 'short',
      SECRET_FILE: NO_FILE,
      REDIS_URL: 'x',
      REDIS_URL_FILE: NO_FILE,
      DATABASE_URL: 'x',
      DATABASE_URL_FILE: NO_FILE,
    }
    const config = read(
      { DATA_DIR: '/srv/x', KEYS_DIR: '/srv/k', ...secrets },
      { demo: true, envFile: ENV_FILE },
    )
    const { demo, port, dataDir, keysDir, secret, databaseUrl, redisUrl } = config
    assert.deepEqual([demo, port], [true, 8000])
    assert.deepEqual([dataDir, keysDir, secret, databaseUrl, redisUrl], [null, null, null, null, null])
  })

  for (const [environment, name] of [
    [{ HOST: '0.0.0.0' }, 'HOST'],
    [{ HOST: '::' }, 'HOST'],
    [{ HOST: '192.0.2.1' }, 'HOST'],
    [{ HOST: '127.0.0.1.evil.test' }, 'HOST'],
    [HTTPS, 'PUBLIC_URL'],
    [{ PUBLIC_URL: 'http://192.0.2.1:8000' }, 'PUBLIC_URL'],
  ] as const) {
    it(`refuses ${JSON.stringify(environment)}`, () => {
      assert.match(problems(environment, { demo: true }).join(), new RegExp(`${name} must be a loopback`))
    })
  }

  for (const environment of [
    { HOST: 'localhost' },
    { HOST: '::1' },
    { PUBLIC_URL: 'http://127.0.0.1:8000' },
  ]) {
    it(`takes ${JSON.stringify(environment)}`, () =>
      assert.deepEqual(problems(environment, { demo: true }), []))
  }
})
