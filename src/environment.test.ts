import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Environment, readEnvironment } from './environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-environment-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const NO_FILE = join(folder, 'absent')
let files = 0
function file(content: string | Uint8Array): string {
  const path = join(folder, String(files++))
  writeFileSync(path, content)
  return path
}

const readAll = (environment: Environment, envFile = NO_FILE, demo = false) =>
  readEnvironment(environment, { demo, envFile })

describe('a name that is not a setting', () => {
  for (const [name, meant] of [
    ['TOKEN_TL', 'TOKEN_TTL'],
    ['TOKEN_TTLS', 'TOKEN_TTL'],
    ['TOKEN_TTX', 'TOKEN_TTL'],
    ['OTKEN_TTL', 'TOKEN_TTL'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['DATADIR', 'DATA_DIR'],
    ['PUBLIC_URI', 'PUBLIC_URL'],
    ['SECERT', 'SECRET'],
    ['SECRET_FLE', 'SECRET_FILE'],
  ] as const) {
    it(`is a mistake in the environment when it is one letter off: ${name}`, () => {
      const [problem, ...more] = readAll({ [name]: 'hunter2' }).problems
      assert.deepEqual(more, [])
      assert.equal(problem, `${name} in the environment is not a setting: did you mean ${meant}?`)
    })
  }

  it("is nobody else's mistake: two letters off, or a short name", () => {
    const environment = { PATH: '/bin', PORTS: '1', SORT: 'x', HOSTS: 'x', GHOST: 'x', COST: 'x', POST: 'x' }
    assert.deepEqual(
      readAll({ ...environment, TOKEN_LIFE: 'x', LOG: 'x', LOGLEVELS: 'x', KEY_DIRS: 'x' }).problems,
      [],
    )
  })

  it('is a mistake in .env whatever it is', () => {
    const { problems } = readAll({}, file('HOSTT=hunter2\nEDITOR=vi\n'))
    const [second, first, ...more] = problems.toSorted()
    assert.deepEqual(more, [])
    assert.match(first ?? '', /^HOSTT in .* is not a setting: did you mean HOST\?$/)
    assert.match(second ?? '', /^EDITOR in .* is not a setting\. The README lists them all\.$/)
    assert.ok(!`${first}${second}`.includes('hunter2'))
  })
})

describe('.env', () => {
  it('is read, and the environment wins', () => {
    const path = file('PORT=9000\nLOG_LEVEL="warn" # quiet\n# HOST=x\n')
    assert.deepEqual(readAll({}, path), { given: { PORT: '9000', LOG_LEVEL: 'warn' }, problems: [] })
    assert.equal(readAll({ PORT: '9001' }, path).given.PORT, '9001')
  })

  it('is not read into settings that the environment leaves empty', () =>
    assert.deepEqual(readAll({ PORT: '' }, file('PORT=9000\n')).given, {}))

  it('that cannot be read is an error, not an empty file', () =>
    assert.throws(() => readAll({}, folder), { code: 'EISDIR' }))

  it('is not read in the demo', () =>
    assert.deepEqual(readAll({}, file('PORT=9000\nNO_SUCH=1\n'), true), { given: {}, problems: [] }))
})

describe('a secret given as a file', () => {
  for (const [content, value] of [
    ['abc', 'abc'],
    ['abc\n', 'abc'],
    ['abc\r\n', 'abc'],
    [' abc \n\n', ' abc \n'],
    // Not left out, but there and empty: the rules of the setting refuse it.
    ['\n', ''],
    ['', ''],
  ] as const) {
    it(`is what it says, without the last line end: ${JSON.stringify(content)}`, () => {
      const { given, problems } = readAll({ SECRET_FILE: file(content) })
      assert.deepEqual([given.SECRET, problems], [value, []])
    })
  }

  it('can be named in .env', () => {
    const { given, problems } = readAll({}, file(`SECRET_FILE=${file('abc')}\n`))
    assert.deepEqual([given.SECRET, problems], ['abc', []])
  })

  for (const [name, environment, problem] of [
    ['that is not there', { SECRET_FILE: NO_FILE }, 'SECRET_FILE names a file that cannot be read (ENOENT).'],
    ['that is a folder', { SECRET_FILE: folder }, 'SECRET_FILE names a file that cannot be read (EISDIR).'],
    [
      'whose place is taken by the secret itself',
      { SECRET_FILE: 'x'.repeat(300) },
      'SECRET_FILE names a file that cannot be read (ENAMETOOLONG).',
    ],
    [
      'of bytes that are no text',
      { SECRET_FILE: file(Uint8Array.of(0x61, 0xff)) },
      'SECRET_FILE names a file that is not text.',
    ],
    [
      'and as a value too',
      { SECRET_FILE: file('abc'), SECRET: 'abc' },
      'SECRET and SECRET_FILE are both set: remove one of them.',
    ],
  ] as const) {
    it(`${name} is refused by name, and no value is repeated`, () =>
      assert.deepEqual(readAll(environment).problems, [problem]))
  }

  it('in .env and as a value in the environment is given twice, and an empty value is none', () => {
    const envFile = file(`SECRET_FILE=${file('abc')}\n`)
    assert.match(readAll({ SECRET: 'x' }, envFile).problems.join(), /are both set/)
    const { given, problems } = readAll({ SECRET: '' }, envFile)
    assert.deepEqual([given.SECRET, problems], ['abc', []])
  })

  it('is not looked for in the demo', () =>
    assert.deepEqual(readAll({ SECRET_FILE: NO_FILE, SECRET: 'x' }, NO_FILE, true), {
      given: {},
      problems: [],
    }))

  it('can be the URL of the database, which holds a password', () => {
    assert.equal(
      readAll({ DATABASE_URL_FILE: file('postgres://u:p@h/db\n') }).given.DATABASE_URL,
      'postgres://u:p@h/db',
    )
    // The URL itself, set under the wrong name, is not told.
    const { problems } = readAll({ DATABASE_URL_FILE: 'postgres://u:hunter2@h/db' })
    assert.deepEqual(problems, ['DATABASE_URL_FILE names a file that cannot be read (ENOENT).'])
  })

  it('can be the one for the metrics too', () =>
    assert.equal(readAll({ METRICS_TOKEN_FILE: file('abc\n') }).given.METRICS_TOKEN, 'abc'))

  it('is for secrets only', () =>
    assert.match(
      readAll({}, file(`PORT_FILE=${file('1')}\n`)).problems.join(),
      /PORT_FILE .* is not a setting/,
    ))
})
