import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { type Config, type Environment, readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const NO_FILE = join(folder, 'absent')
let files = 0
function envFile(text: string): string {
  const path = join(folder, `${files++}.env`)
  writeFileSync(path, text)
  return path
}

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
      ...{ dataDir: resolve('data'), keysDir: resolve('data/keys') },
      ...{ tokenTtlSeconds: 300, refreshWindowSeconds: 30, sessionMaxAgeSeconds: 43_200 },
      ...{ longestTokenLifeSeconds: 300, tokenAudience: 'http://localhost:8000', cookieDomain: null },
      ...{ passwordMinLength: 15, logLevel: 'info', hashConcurrency: 2, demo: false },
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
      { publicUrl: HTTPS.PUBLIC_URL, tokenAudience: HTTPS.PUBLIC_URL },
    ],
    [{ PUBLIC_URL: 'https://auth.example.org:8443' }, { publicUrl: 'https://auth.example.org:8443' }],
    [{ PUBLIC_URL: 'http://127.0.0.1:9000' }, { publicUrl: 'http://127.0.0.1:9000' }],
    [{ PUBLIC_URL: 'http://[::1]:9000' }, { publicUrl: 'http://[::1]:9000' }],
    [{ DATA_DIR: '/srv/x' }, { dataDir: '/srv/x', keysDir: '/srv/x/keys' }],
    [{ KEYS_DIR: '/srv/k' }, { keysDir: '/srv/k' }],
    [{ TOKEN_TTL: '31s' }, { tokenTtlSeconds: 31, longestTokenLifeSeconds: 31 }],
    [{ REFRESH_WINDOW: '1m' }, { refreshWindowSeconds: 60 }],
    [{ SESSION_MAX_AGE: '5m' }, { sessionMaxAgeSeconds: 300 }],
    [{ TOKEN_AUDIENCE: 'apps' }, { tokenAudience: 'apps' }],
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
        assert.equal(config[name as keyof Config], value, name)
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

  it('name every problem at once, also between the settings that are right', () => {
    const told = problems(
      {
        ...{ PORT: 'x', TOKEN_TTL: '10s', PASSWORD_MIN_LENGTH: '2', LOG_LEVEL: 'loud', TRUSTED_PROXIES: 'x' },
        ...{ PUBLIC_URL: 'http://auth.example.org', UV_THREADPOOL_SIZE: '1', REFRESH_WINDO: '5s' },
      },
      { envFile: envFile('NO_SUCH=1\n') },
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

describe('a name that is not a setting', () => {
  for (const [name, meant] of [
    ['TOKEN_TL', 'TOKEN_TTL'],
    ['TOKEN_TTLS', 'TOKEN_TTL'],
    ['TOKEN_TTX', 'TOKEN_TTL'],
    ['OTKEN_TTL', 'TOKEN_TTL'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['DATADIR', 'DATA_DIR'],
    ['PUBLIC_URI', 'PUBLIC_URL'],
  ] as const) {
    it(`is a mistake in the environment when it is one letter off: ${name}`, () => {
      const [problem, ...more] = problems({ [name]: 'hunter2' })
      assert.deepEqual(more, [])
      assert.equal(problem, `${name} in the environment is not a setting: did you mean ${meant}?`)
    })
  }

  it("is nobody else's mistake: two letters off, or a short name", () => {
    const environment = { PATH: '/bin', PORTS: '1', SORT: 'x', HOSTS: 'x', GHOST: 'x', COST: 'x', POST: 'x' }
    assert.deepEqual(
      problems({ ...environment, TOKEN_LIFE: 'x', LOG: 'x', LOGLEVELS: 'x', KEY_DIRS: 'x' }),
      [],
    )
  })

  it('is a mistake in .env whatever it is', () => {
    const told = problems({}, { envFile: envFile('HOSTT=hunter2\nEDITOR=vi\n') })
    const [second, first, ...more] = told.toSorted()
    assert.deepEqual(more, [])
    assert.match(first ?? '', /^HOSTT in .* is not a setting: did you mean HOST\?$/)
    assert.match(second ?? '', /^EDITOR in .* is not a setting\. The README lists them all\.$/)
    assert.ok(!`${first}${second}`.includes('hunter2'))
  })
})

describe('.env', () => {
  it('is read, and the environment wins', () => {
    const path = envFile('PORT=9000\nLOG_LEVEL="warn" # quiet\n# PORT=1\n')
    assert.deepEqual([read({}, { envFile: path }).port, read({}, { envFile: path }).logLevel], [9000, 'warn'])
    assert.equal(read({ PORT: '9001' }, { envFile: path }).port, 9001)
  })

  it('that cannot be read is an error, not an empty file', () => {
    assert.throws(() => read({}, { envFile: folder }), { code: 'EISDIR' })
  })
})

describe('the demo', () => {
  it('keeps nothing and takes no notice of .env and folders', () => {
    const path = envFile('PORT=9000\nNO_SUCH=1\n')
    const config = read({ DATA_DIR: '/srv/x', KEYS_DIR: '/srv/k' }, { demo: true, envFile: path })
    assert.deepEqual([config.demo, config.port, config.dataDir, config.keysDir], [true, 8000, null, null])
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
