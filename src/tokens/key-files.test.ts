import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { newId } from '../lib/ids.ts'
import { rsaPem } from '../vectors/forge.testing.ts'
import { ALGORITHMS } from './algorithms.ts'
import { addFirstKeyFile, addKeyFile, KeyFilesRefused, openKeys, readKeyFiles } from './key-files.ts'
import { generateKeyText } from './signing-key.ts'

let root: string
let dir: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-keys-'))
  dir = join(root, 'data', 'keys')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

const madeAt = (kid: string) => Number.parseInt(kid.slice(0, 13).replace('-', ''), 16)

async function put(name: string, text: string, mode = 0o600): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(join(dir, name), text, { mode })
  return join(dir, name)
}

async function problems(): Promise<string[]> {
  const refused = await readKeyFiles(dir).catch((error: unknown) => error)
  assert.ok(refused instanceof KeyFilesRefused, String(refused))
  return refused.problems
}

describe('key files', () => {
  it('of a folder that is not there are none', async () => assert.deepEqual(await readKeyFiles(dir), []))

  for (const alg of ALGORITHMS) {
    it(`with ${alg} are found again, under their id, oldest first`, async () => {
      const first = await addKeyFile(dir, alg)
      // Ids of one millisecond are in no order.
      while (Date.now() <= madeAt(first.kid));
      const second = await addKeyFile(dir, 'ES256')
      const files = await readKeyFiles(dir)
      assert.deepEqual(
        files.map(({ key }) => [key.kid, key.alg]),
        [
          [first.kid, alg],
          [second.kid, 'ES256'],
        ],
      )
      assert.equal(files[0]?.path, first.path)
      assert.ok(Math.abs((files[0]?.madeAt ?? 0) - Date.now() / 1000) < 60)
    })
  }

  it('are made at the first start where there is none, and nowhere where that is not allowed', async () => {
    const refused = await openKeys(dir, 'ES256', { mayMake: false }).catch((error: unknown) => error)
    assert.ok(refused instanceof KeyFilesRefused)
    assert.match(refused.message, /^There is no key in .*keys: make one with `npx latchkey keys generate`, /)
    assert.deepEqual(await readKeyFiles(dir), [])

    const [made] = await openKeys(dir, 'EdDSA')
    assert.equal(made?.alg, 'EdDSA')
    for (const mayMake of [true, false]) {
      const keys = await openKeys(dir, 'ES256', { mayMake })
      assert.deepEqual(
        keys.map(({ kid }) => kid),
        [made?.kid],
      )
    }
  })

  it('are 0600 in a folder of 0700, and nothing else is left there', async () => {
    const { path } = await addKeyFile(dir, 'ES256')
    assert.equal(await modeOf(path), '600')
    assert.equal(await modeOf(dir), '700')
    assert.deepEqual(await readdir(dir), [path.slice(dir.length + 1)])
  })

  it('made by root belong to whoever has the folder, who is to read them', {
    skip: process.getuid?.() !== 0 && 'only root can give files away',
  }, async () => {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await chown(dir, 65_534, 65_534)
    const { path } = await addKeyFile(dir, 'ES256')
    const { uid, gid, mode } = await stat(path)
    assert.deepEqual([uid, gid, mode & 0o777], [65_534, 65_534, 0o600])
  })

  it('tell since when they are there, which is not when they were made', async () => {
    const old = await addKeyFile(dir, 'ES256')
    await utimes(old.path, 1_700_000_000, 1_700_000_000)
    const [file] = await readKeyFiles(dir)
    assert.ok(Math.abs((file?.thereSince ?? 0) - Date.now() / 1000) < 60)
  })

  it('with other names are ignored, also half written ones', async () => {
    const kid = newId()
    const others = [`.${kid}.pem`, `${kid}.pem.bak`, `${kid}.pub`, 'README', 'key.pem', `${kid}.RS256.pem`]
    for (const name of [...others, '00000000-0000-4000-8000-000000000000.pem', `${kid.toUpperCase()}.pem`]) {
      await put(name, 'no key', 0o644)
    }
    assert.deepEqual(await readKeyFiles(dir), [])
  })
})

describe('key files > are refused by name', () => {
  it('every bad one at once, with what to do', async () => {
    const open = await put(`${newId()}.pem`, await generateKeyText('ES256'))
    await chmod(open, 0o604)
    const bad = await put(`${newId()}.pem`, 'no key')
    const weak = await put(`${newId()}.pem`, await rsaPem(1024))
    await put(`${newId()}.pem`, await generateKeyText('ES256'))
    const told = await problems()
    assert.equal(told.length, 3)
    const of = (path: string) => told.find((problem) => problem.includes(path)) ?? assert.fail(path)
    assert.match(of(open), /can be read by everybody.*chmod 600/)
    assert.match(of(bad), /is not a private key/)
    assert.match(of(weak), /fewer than 2048/)
  })

  it('that their group can write are refused, and those it can only read are not', async () => {
    const path = await put(`${newId()}.pem`, await generateKeyText('ES256'))
    await chmod(path, 0o440)
    assert.equal((await readKeyFiles(dir)).length, 1)
    await chmod(path, 0o660)
    assert.match((await problems()).join(), /can be written by its group: chmod 600/)
  })

  it('of a folder that others can write to, its group among them, are refused', async () => {
    await put(`${newId()}.pem`, await generateKeyText('ES256'))
    await chmod(dir, 0o770)
    assert.match((await problems()).join(), /Others than its owner can put a key into/)
  })

  for (const mode of [0o644, 0o604, 0o602, 0o601]) {
    it(`with mode ${mode.toString(8)}`, async () => {
      const path = await put(`${newId()}.pem`, await generateKeyText('ES256'))
      await chmod(path, mode)
      assert.match((await problems()).join(), /can be read by everybody/)
    })
  }

  it('but 0640 is the choice of an operator', async () => {
    await chmod(await put(`${newId()}.pem`, await generateKeyText('ES256')), 0o640)
    assert.equal((await readKeyFiles(dir)).length, 1)
  })

  it('two with one id', async () => {
    const kid = newId()
    const pem = await rsaPem()
    await put(`${kid}.pem`, pem)
    await put(`${kid}.PS256.pem`, pem)
    assert.match((await problems()).join(), new RegExp(`${kid}.*has the id of another key file`))
  })

  it('an HS256 key that is too short, or no base64url', async () => {
    await put(`${newId()}.hs256`, 'c2hvcnQ\n')
    await put(`${newId()}.hs256`, 'no key')
    const told = (await problems()).join()
    assert.match(told, /has fewer than 32 bytes/)
    assert.match(told, /is not base64url/)
    assert.doesNotMatch(told, /c2hvcnQ|no key/)
  })

  it('bytes that are no text', async () => {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await writeFile(join(dir, `${newId()}.pem`), Buffer.from([0xff, 0xfe]), { mode: 0o600 })
    assert.match((await problems()).join(), /is not text/)
  })

  it('two with one id, of two kinds', async () => {
    const kid = newId()
    await put(`${kid}.pem`, await generateKeyText('ES256'))
    await put(`${kid}.hs256`, await generateKeyText('HS256'))
    assert.equal((await problems()).length, 2)
  })

  it('an EC key whose name says PS256', async () => {
    await put(`${newId()}.PS256.pem`, await generateKeyText('ES256'))
    assert.match((await problems()).join(), /is not an RSA key/)
  })

  it('a folder in the place of a file', async () => {
    await mkdir(join(dir, `${newId()}.pem`), { recursive: true, mode: 0o700 })
    assert.match((await problems()).join(), /is not a file/)
  })

  it('a pipe in the place of a file, which is not waited for', async () => {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    spawnSync('mkfifo', ['-m', '600', join(dir, `${newId()}.pem`)])
    assert.match((await problems()).join(), /is not a file/)
  })

  it('a file that is too large', async () => {
    await put(`${newId()}.pem`, 'x'.repeat(64 * 1024 + 1))
    assert.match((await problems()).join(), /is too large for a key/)
  })

  it('that are links to nothing are named, like every other bad file', async () => {
    await mkdir(dir, { recursive: true })
    await symlink(join(dir, 'gone'), join(dir, `${newId()}.pem`))
    assert.match((await problems()).join(), /cannot be read \(ENOENT\)/)
  })

  it('a key folder that is a file', async () => {
    await mkdir(join(root, 'data'))
    await writeFile(dir, '')
    assert.match((await problems()).join(), /key folder .* cannot be read \(ENOTDIR\)/)
  })
})

describe('the first key file', () => {
  it('is one, also when eight make it at once, and nothing is left beside it', async () => {
    await Promise.all(Array.from({ length: 8 }, () => addFirstKeyFile(dir, 'ES256')))
    const [file, ...others] = await readKeyFiles(dir)
    assert.deepEqual(others, [])
    assert.equal(await modeOf(file?.path ?? ''), '600')
    assert.equal(await modeOf(dir), '700')
    assert.deepEqual(await readdir(join(root, 'data')), ['keys'])
  })

  it('is made in an empty folder, which is closed to others', async () => {
    await mkdir(dir, { recursive: true, mode: 0o755 })
    await addFirstKeyFile(dir, 'EdDSA')
    assert.equal((await readKeyFiles(dir))[0]?.key.alg, 'EdDSA')
    assert.equal(await modeOf(dir), '700')
  })

  it('is made beside files that are no keys', async () => {
    await put('.gitignore', '*')
    await addFirstKeyFile(dir, 'ES256')
    assert.equal((await readKeyFiles(dir)).length, 1)
    assert.deepEqual(await readdir(join(root, 'data')), ['keys'])
  })

  it('is not made where there is one', async () => {
    const { kid } = await addKeyFile(dir, 'ES256')
    await addFirstKeyFile(dir, 'ES256')
    assert.deepEqual(
      (await readKeyFiles(dir)).map(({ key }) => key.kid),
      [kid],
    )
  })
})
