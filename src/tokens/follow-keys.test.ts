import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { START } from '../testing.ts'
import { idAt } from '../vectors/forge.testing.ts'
import { followKeys } from './follow-keys.ts'
import { readKeyFiles } from './key-files.ts'
import { createKeyRing } from './key-ring.ts'
import { generateKeyText } from './signing-key.ts'

const KIDS = [START, START + 1, START + 2].map(idAt)
const [A = '', B = '', C = ''] = KIDS
const texts = await Promise.all(KIDS.map(() => generateKeyText('ES256')))
const letters = (kids: string[]) => kids.map((kid) => 'ABC'[KIDS.indexOf(kid)]).join('')

/** A folder with the keys A and B, followed. What happens is told by letters: `+C` came, `-A` went. */
async function open(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-follow-'))
  const dir = join(root, 'keys')
  await mkdir(dir, { mode: 0o700 })
  const path = (kid: string, ending = 'pem') => join(dir, `${kid}.${ending}`)
  const put = (kid: string, text = texts[KIDS.indexOf(kid)] ?? '', ending = 'pem') =>
    writeFile(path(kid, ending), text, { mode: 0o600 })
  await put(A)
  await put(B)
  const keys = (await readKeyFiles(dir)).map(({ key }) => key)
  const ring = createKeyRing(keys, { leadSeconds: 0, clock: { now: () => START + 10 } })
  const told: string[] = []
  const troubles: string[][] = []
  const following = followKeys({
    ...{ dir, ring },
    onAdded: ({ kid }) => told.push(`+${letters([kid])}`),
    onRemoved: ({ kid }) => told.push(`-${letters([kid])}`),
    onTrouble: (problems) => troubles.push(problems),
  })
  t.after(async () => {
    following.close()
    await rm(root, { recursive: true, force: true })
  })
  // It reads the folder once by itself, at the beginning.
  await following.check()
  const kids = () => letters(ring.all().map(({ kid }) => kid))
  return { root, dir, path, put, ring, told, troubles, kids, check: following.check, close: following.close }
}

describe('a key folder that is followed', () => {
  it('as it was changes nothing: each key stays the very same object', async (t) => {
    const { ring, check, told, troubles } = await open(t)
    const before = ring.all()
    await check()
    await check()
    assert.equal(ring.all(), before)
    assert.deepEqual([told, troubles], [[], []])
  })

  it('has a key added', async (t) => {
    const { put, ring, check, told, kids } = await open(t)
    const kept = ring.get(B)
    await put(C)
    await check()
    assert.deepEqual([kids(), told], ['ABC', ['+C']])
    assert.equal(ring.get(B), kept)
    assert.equal(ring.signing().kid, C)
  })

  it('has a key removed, which is gone at once', async (t) => {
    const { path, ring, check, told, kids } = await open(t)
    await unlink(path(B))
    await check()
    assert.deepEqual([kids(), told, ring.get(B)], ['A', ['-B'], undefined])
    assert.equal(ring.signing().kid, A)
  })

  it('has another key under the same id, which takes its place', async (t) => {
    const { put, ring, check, told } = await open(t)
    const before = ring.get(B)
    await put(B, texts[2])
    await check()
    assert.notEqual(ring.get(B), before)
    assert.deepEqual(told, ['-B', '+B'])
  })

  it('notices by itself, without being asked', async (t) => {
    const { put, path, ring } = await open(t)
    // Written as the command line does: under another name first.
    await put(C, undefined, 'pem.new')
    await rename(path(C, 'pem.new'), path(C))
    while (!ring.get(C)) await new Promise((resolve) => setTimeout(resolve, 10))
    await unlink(path(A))
    while (ring.get(A)) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  it('in which something is bad ignores that, and says so once', async (t) => {
    const { put, check, kids, troubles, path } = await open(t)
    await put(C, 'no key')
    await check()
    await check()
    assert.equal(kids(), 'AB')
    assert.deepEqual(troubles, [[`The key ${path(C)} is not a private key in PEM form.`]])
    await put(C)
    await check()
    assert.equal(kids(), 'ABC')
    assert.deepEqual(troubles.slice(1), [[]])
  })

  it('whose key turns bad goes on with what it held', async (t) => {
    const { put, path, ring, check, told, troubles } = await open(t)
    const [a, b] = [ring.get(A), ring.get(B)]
    await chmod(path(A), 0o644)
    await put(B, '')
    await check()
    assert.deepEqual([ring.get(A), ring.get(B), told], [a, b, []])
    assert.deepEqual([troubles.length, troubles[0]?.length], [1, 2])
  })

  it('with the same id twice goes on with what it held', async (t) => {
    const { put, ring, check, kids } = await open(t)
    const before = ring.get(A)
    await put(A, undefined, 'PS256.pem')
    await check()
    assert.deepEqual([kids(), ring.get(A)], ['AB', before])
  })
})

describe('a removed key counts, whatever else is wrong in the folder', () => {
  it('beside a bad file', async (t) => {
    const { put, path, check, kids } = await open(t)
    await put(B, 'no key')
    await put(C, 'no key')
    await unlink(path(A))
    await check()
    assert.equal(kids(), 'B')
  })

  it('also while another file does not let itself be read', async (t) => {
    const { put, path, check, ring, root } = await open(t)
    await unlink(path(A))
    await rename(path(B), join(root, 'b'))
    await symlink('/dev/zero', path(B))
    await put(C)
    await check()
    assert.deepEqual([ring.get(A), ring.get(C)?.kid], [undefined, C])
  })

  it('in a folder that everybody can write to, from which no key is taken', async (t) => {
    const { dir, put, path, check, kids } = await open(t)
    await chmod(dir, 0o777)
    await put(C)
    await unlink(path(A))
    await check()
    assert.equal(kids(), 'B')
  })

  it('when nothing but a bad file is left: nothing is signed or verified then', async (t) => {
    const { put, path, check, kids, ring } = await open(t)
    await put(C, 'no key')
    await unlink(path(A))
    await unlink(path(B))
    await check()
    assert.equal(kids(), '')
    assert.throws(() => ring.signing(), { name: 'NoSigningKey' })
  })
})

describe('a key folder that changes nothing, and is told of', () => {
  const damage: Record<string, (folder: Awaited<ReturnType<typeof open>>) => Promise<void>> = {
    'is not there': ({ dir, root }) => rename(dir, join(root, 'moved')),
    'is empty': async ({ path }) => {
      await unlink(path(A))
      await unlink(path(B))
    },
    'has no file of a key': async ({ path }) => {
      await rename(path(A), path(A, 'bak'))
      await rename(path(B), path(B, 'bak'))
    },
    'is a file': async ({ dir, root }) => {
      await rename(dir, join(root, 'moved'))
      await writeFile(dir, '')
    },
    'is a link to itself': async ({ dir, root }) => {
      await rename(dir, join(root, 'moved'))
      await symlink(dir, dir)
    },
  }
  for (const [what, harm] of Object.entries(damage)) {
    it(`for it ${what}`, async (t) => {
      const folder = await open(t)
      const before = folder.ring.all()
      await harm(folder)
      await folder.check()
      await folder.check()
      assert.equal(folder.ring.all(), before)
      assert.equal(folder.troubles.length, 1)
      assert.ok(folder.troubles[0]?.[0]?.includes(folder.dir))
    })
  }

  it('and is followed again when it is back, with other keys', async (t) => {
    const { dir, root, check, kids, put, troubles } = await open(t)
    await rename(dir, join(root, 'moved'))
    await check()
    await mkdir(dir, { mode: 0o700 })
    await put(C)
    await check()
    assert.deepEqual([kids(), troubles.length, troubles[1]], ['C', 2, []])
  })

  it('once it is no longer followed', async (t) => {
    const { put, check, close, kids } = await open(t)
    close()
    await put(C)
    await check()
    assert.equal(kids(), 'AB')
  })
})

describe('the poll', () => {
  it('reads the folder each 30 seconds, for not every file system tells of changes', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { dir, root, put, ring } = await open(t)
    // Another folder in the place of the watched one.
    await rename(dir, join(root, 'moved'))
    await mkdir(dir, { mode: 0o700 })
    await put(C)
    t.mock.timers.tick(29_999)
    assert.equal(ring.get(C), undefined)
    t.mock.timers.tick(1)
    while (!ring.get(C)) await new Promise((resolve) => setTimeout(resolve, 10))
    // And that one is watched from then on.
    await put(A)
    while (!ring.get(A)) await new Promise((resolve) => setTimeout(resolve, 10))
  })
})
