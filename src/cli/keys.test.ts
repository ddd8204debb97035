import assert from 'node:assert/strict'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import { testConfig } from '../testing.ts'
import { generateKeyText } from '../tokens/signing-key.ts'
import { idAt } from '../vectors/forge.testing.ts'
import { retire } from './keys.ts'
import { latchkey, newFolder } from './process.testing.ts'

const KID = '[0-9a-f-]{36}'
const INSTANT = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`
const DAY = 86_400

/** A key folder with a key of each age, in seconds. */
async function open(...ages: number[]) {
  const folder = await newFolder()
  const dir = join(folder, 'data', 'keys')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const kids = ages.map((age) => idAt(systemClock.now() - age))
  for (const kid of kids)
    await writeFile(join(dir, `${kid}.pem`), await generateKeyText('ES256'), { mode: 0o600 })
  const keys = (args: string[], environment: Record<string, string> = {}) =>
    latchkey(folder, ['keys', ...args], environment)
  const states = async () =>
    JSON.parse((await keys(['list', '--json'])).stdout).map(({ state }: { state: string }) => state)
  const left = async () => (await readdir(dir)).map((name) => name.slice(0, 36)).sort()
  return { folder, dir, kids, keys, states, left }
}

describe('keys generate', () => {
  it('makes what TOKEN_ALG says, ES256 by default, and the only key signs at once', async () => {
    const { keys, dir } = await open()
    assert.match((await keys(['list'])).stdout, /^There is no key in /)
    assert.equal((await keys(['list', '--json'])).stdout, '[]\n')
    const first = await keys(['generate'])
    assert.equal(first.code, 0)
    assert.match(
      first.stdout,
      new RegExp(`^Made the ES256 key ${KID} in \\S+\\.pem\\. It signs at once\\.\n$`),
    )
    const second = await keys(['generate'], { TOKEN_ALG: 'EdDSA' })
    assert.match(second.stdout, new RegExp(`^Made the EdDSA key .* It signs from ${INSTANT} on\\.\n$`))
    const third = await keys(['generate', '--alg', 'PS256'], { TOKEN_ALG: 'EdDSA' })
    assert.match(third.stdout, new RegExp(`^Made the PS256 key ${KID} in \\S+\\.PS256\\.pem\\.`))
    for (const name of await readdir(dir)) assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600)
  })

  it('says that nobody else can check the tokens of HS256', async () => {
    const { keys } = await open()
    assert.match((await keys(['generate', '--alg', 'HS256'])).stdout, /\.hs256\..*\nHS256 has no public half/)
  })

  it('makes none of an algorithm that is not offered', async () => {
    const { keys, left } = await open()
    for (const alg of ['none', 'RS512', 'es256'])
      assert.equal((await keys(['generate', '--alg', alg])).code, 2)
    assert.deepEqual(await left(), [])
  })
})

describe('keys list', () => {
  it('shows the state of each key, its age, and when it will sign', async () => {
    const { keys, kids } = await open(40 * DAY, 2 * DAY, 100)
    const { code, stdout } = await keys(['list'])
    assert.equal(code, 0)
    const [headings, ...rows] = stdout.trimEnd().split('\n')
    assert.match(headings ?? '', /^KID +ALGORITHM +STATE +AGE +WILL SIGN$/)
    assert.match(rows[0] ?? '', new RegExp(`^${kids[0]} +ES256 +verifying +40d +-$`))
    assert.match(rows[1] ?? '', new RegExp(`^${kids[1]} +ES256 +signing +2d +-$`))
    assert.match(rows[2] ?? '', new RegExp(`^${kids[2]} +ES256 +published +1m +${INSTANT}$`))

    const listed = JSON.parse((await keys(['list', '--json'])).stdout)
    assert.deepEqual(listed[2], {
      ...{ kid: kids[2], alg: 'ES256', state: 'published' },
      ...{ made_at: listed[2].made_at, signs_from: listed[2].made_at + 300 },
    })
    assert.equal(listed[1].signs_from, null)
    assert.doesNotMatch(JSON.stringify(listed), /PRIVATE|"d"/)
  })

  it('counts the lead from KEY_LEAD', async () => {
    const { keys } = await open(2 * DAY, 100)
    const { stdout } = await keys(['list', '--json'], { KEY_LEAD: '99s' })
    assert.deepEqual(
      JSON.parse(stdout).map(({ state }: { state: string }) => state),
      ['verifying', 'signing'],
    )
  })

  it('says of a key of HS256 that waits that it verifies, for it is not published', async () => {
    const { keys, states } = await open(DAY)
    await keys(['generate', '--alg', 'HS256'])
    assert.deepEqual(await states(), ['signing', 'verifying'])
  })

  it('names a bad key file, and generate adds none beside it', async () => {
    const { keys, dir, left } = await open()
    const kid = idAt(1_700_000_000)
    await writeFile(join(dir, `${kid}.pem`), 'nonsense', { mode: 0o600 })
    for (const command of ['generate', 'list']) {
      const { code, stdout, stderr } = await keys([command])
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
      assert.equal(stderr, `The key ${join(dir, `${kid}.pem`)} is not a private key in PEM form.\n`)
    }
    assert.deepEqual(await left(), [kid])
  })
})

describe('keys retire', () => {
  // The newer file is as new as this test, so it is the clock that is moved.
  for (const [later, isRetired] of [
    [900 + 30, false],
    [900 + 120, true],
  ] as const) {
    it(`${isRetired ? 'removes' : 'keeps'} a key that another followed ${later} s ago`, async () => {
      const { dir, kids, left } = await open(40 * DAY, 2 * DAY)
      const config = { ...testConfig(), keysDir: dir }
      const retiring = retire(config, kids[0] ?? '', false, { now: () => systemClock.now() + later })
      if (isRetired) await retiring
      else await assert.rejects(retiring, { name: 'Refusal', message: /may live until/ })
      assert.deepEqual(await left(), isRetired ? [kids[1]] : kids)
    })
  }

  it('removes a key that waits for its turn, for it has signed nothing', async () => {
    const { keys, kids, left } = await open(2 * DAY, 100)
    assert.equal((await keys(['retire', kids[1] ?? ''])).code, 0)
    assert.deepEqual(await left(), [kids[0]])
  })

  for (const [what, ages, at, sentence] of [
    ['the key that signs', [2 * DAY, DAY], 1, /^It signs now\. Make another with latchkey keys generate/],
    [
      'a key whose tokens may still live',
      [DAY, 600],
      0,
      /^What it signed may live until .*Z\. Retire it then/,
    ],
  ] as const) {
    it(`refuses to take ${what}, unless --now`, async () => {
      const { keys, kids, left } = await open(...ages)
      const kid = kids[at] ?? ''
      const refused = await keys(['retire', kid])
      assert.deepEqual([refused.code, refused.stdout], [1, ''])
      assert.match(refused.stderr, sentence)
      assert.deepEqual(await left(), kids.toSorted())
      const done = await keys(['retire', kid, '--now'])
      assert.deepEqual(done.code, 0)
      assert.match(done.stdout, /refused from now on/)
      assert.deepEqual(
        await left(),
        kids.filter((other) => other !== kid),
      )
    })
  }

  it('refuses to take the last key; with --now another of its kind takes its place first', async () => {
    const { keys, kids, left, states } = await open(DAY)
    const kid = kids[0] ?? ''
    const refused = await keys(['retire', kid])
    assert.match(refused.stderr, /^It is the only key\. Make another/)
    assert.deepEqual([refused.code, await left()], [1, kids])
    const done = await keys(['retire', kid, '--now'], { TOKEN_ALG: 'EdDSA' })
    assert.match(
      done.stdout,
      new RegExp(`^Made the ES256 key ${KID} .* at once\\.\nRetired the key ${kid}\\.`),
    )
    assert.equal(done.code, 0)
    assert.ok(!(await left()).includes(kid))
    assert.deepEqual(await states(), ['signing'])
  })

  it('with --now is not kept from it by another file that is bad, which is named', async () => {
    const { keys, kids, left, dir } = await open(DAY, 600)
    await writeFile(join(dir, `${idAt(1_700_000_000)}.pem`), 'nonsense', { mode: 0o600 })
    const { code, stderr } = await keys(['retire', kids[1] ?? '', '--now'])
    assert.equal(code, 0)
    assert.match(stderr, /is not a private key in PEM form/)
    assert.ok(!(await left()).includes(kids[1] ?? ''))
    const listed = await keys(['list'])
    assert.match(listed.stdout, new RegExp(`${kids[0]} .* signing`))
    assert.match(listed.stderr, /is not a private key/)
  })

  it('names a key that is not there', async () => {
    const { keys, left, kids } = await open(DAY)
    for (const kid of [idAt(1_700_000_000), '../../etc', 'x']) {
      const { code, stderr } = await keys(['retire', kid, '--now'])
      assert.equal(code, 1)
      assert.match(stderr, /^There is no key /)
    }
    assert.deepEqual(await left(), kids)
  })
})
