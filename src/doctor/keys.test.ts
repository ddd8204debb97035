import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { idTime } from '../lib/id-form.ts'
import { newId } from '../lib/ids.ts'
import type { Algorithm } from '../tokens/algorithms.ts'
import { generateKeyText } from '../tokens/signing-key.ts'
import { told } from './judge.testing.ts'
import { judgeKeys, lookAtKeys } from './keys.ts'

const YEAR = 365 * 86_400
const LEAD = 300

describe('the doctor, of the keys', () => {
  let folder = ''
  let keysDir = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
    keysDir = join(folder, 'keys')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  // Made in different milliseconds, as ids of one millisecond are in no order.
  const OLD = '01900000-0000-7000-8000-000000000000'
  const NEW = '01900000-0001-7000-8000-000000000000'
  async function add(alg: Algorithm = 'ES256', kid = OLD): Promise<string> {
    mkdirSync(keysDir, { recursive: true, mode: 0o700 })
    const name = `${kid}.${alg === 'HS256' ? 'hs256' : 'pem'}`
    writeFileSync(join(keysDir, name), await generateKeyText(alg), { mode: 0o600 })
    return kid
  }
  const examine = async (now: number, isShared = false) =>
    told(judgeKeys(await lookAtKeys(keysDir), { keysDir, keyLeadSeconds: LEAD, isShared }, now))

  it('finds one key enough', async () => {
    const kid = await add()
    assert.deepEqual(await examine(idTime(kid)), [`ok: The key ${kid} signs (ES256).`])
  })

  it('tells which key will sign, and when', async () => {
    const [old, next] = [await add(), await add('EdDSA', NEW)]
    // The lead of the old one is over one second after that of the new one began.
    const now = idTime(next) + LEAD - 1
    const [signs, will] = await examine(now)
    assert.match(signs ?? '', new RegExp(`^ok: The key ${old} signs`))
    assert.equal(will, `ok: The key ${next} will sign (EdDSA), in 1 seconds.`)
    assert.deepEqual(await examine(now + 1), [`ok: The key ${next} signs (EdDSA).`])
  })

  for (const [age, level] of [
    [YEAR - 1, 'ok'],
    [YEAR, 'ok'],
    [YEAR + 1, 'warning'],
  ] as const)
    it(`${level} when the key that signs is a year and ${age - YEAR} s old`, async () => {
      const kid = await add()
      const [line = ''] = await examine(idTime(kid) + age)
      assert.ok(line.startsWith(`${level}: The key ${kid} signs (ES256)`))
      assert.equal(line.includes('365 days old'), level === 'warning')
    })

  it('wonders at keys of the time to come', async () => {
    const [first, second] = [await add(), await add('ES256', NEW)]
    const [signs, will] = await examine(idTime(first) - 1000)
    assert.equal(
      signs,
      `warning: The key ${first} signs (ES256), and says that it was made 1000 seconds from now.`,
    )
    assert.match(
      will ?? '',
      new RegExp(`^warning: The key ${second} will sign \\(ES256\\), but only in 1300`),
    )
  })

  it('says that apps can check nothing that an HS256 key signed', async () => {
    const kid = await add('HS256')
    const [signs, remark] = await examine(idTime(kid))
    assert.equal(signs, `ok: The key ${kid} signs (HS256).`)
    assert.match(remark ?? '', /^warning: Apps cannot check tokens by themselves/)
  })

  it('says that an RSA key is the shortest there may be, and nothing of a longer one', async () => {
    mkdirSync(keysDir, { mode: 0o700 })
    const kid = newId()
    for (const [bits, remarks] of [
      [2048, 1],
      [3072, 0],
    ] as const) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
      writeFileSync(join(keysDir, `${kid}.pem`), pem, { mode: 0o600 })
      const [, ...more] = await examine(idTime(kid))
      assert.equal(more.length, remarks)
      for (const line of more) assert.match(line, /^warning: .* RSA key of 2048 bits/)
    }
  })

  it('names every bad file, and goes on with the good ones', async () => {
    const kid = await add()
    const bad = [newId(), newId()].map((id) => join(keysDir, `${id}.pem`)).toSorted()
    for (const path of bad) writeFileSync(path, 'no key', { mode: 0o600 })
    assert.deepEqual(await examine(idTime(kid)), [
      ...bad.map((path) => `problem: The key ${path} is not a private key in PEM form.`),
      `ok: The key ${kid} signs (ES256).`,
    ])
  })

  it('names bad files when there is nothing else, and does not promise a key', async () => {
    mkdirSync(keysDir, { mode: 0o700 })
    const path = join(keysDir, `${newId()}.pem`)
    writeFileSync(path, 'no key', { mode: 0o600 })
    assert.deepEqual(await examine(0), [`problem: The key ${path} is not a private key in PEM form.`])
  })

  it('finds a folder that everybody can write to', async () => {
    await add()
    chmodSync(keysDir, 0o777)
    const [line = ''] = await examine(0)
    assert.match(line, /^problem: .* can put a key into/)
  })

  it('finds a folder that cannot be read', async () => {
    writeFileSync(keysDir, '')
    assert.deepEqual(await examine(0), [`problem: The key folder ${keysDir} cannot be read (ENOTDIR).`])
  })

  for (const isThere of [false, true])
    it(`that ${isThere ? 'holds none' : 'is not there'} is well for one node, and no start for several`, async () => {
      if (isThere) mkdirSync(keysDir, { mode: 0o700 })
      assert.deepEqual(await examine(0), [
        `ok: There is no key in ${keysDir} yet: the first start makes one.`,
      ])
      const [line = ''] = await examine(0, true)
      assert.match(line, /^problem: There is no key in .*latchkey keys generate/)
    })
})
