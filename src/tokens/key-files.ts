import { constants } from 'node:fs'
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isId, newId } from '../lib/ids.ts'
import { whyNotPrivate, writePrivate } from '../lib/private-file.ts'
import { type Algorithm, generatePem, KeyRefused, readSigningKey, type SigningKey } from './signing-key.ts'

// <kid>.pem, or <kid>.PS256.pem for an RSA key that signs with PSS. Other names are ignored.
const KEY_FILE = /^([0-9a-f-]{36})(?:\.(PS256))?\.pem$/
const WRITABLE_BY_OTHERS = 0o002
// Windows has no such bits.
const isPosix = process.platform !== 'win32'

/** A key file that must not be used: `problems` has a sentence for each, with its path and what to do. */
export class KeyFilesRefused extends Error {
  override name = 'KeyFilesRefused'
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export interface KeyFile {
  key: SigningKey
  /** Epoch seconds. */
  madeAt: number
  path: string
}

/** The keys of a folder, with a first one made if there is none; without a folder a key that is kept in memory only. */
export async function openKeys(dir: string | null): Promise<SigningKey[]> {
  if (dir === null) return [await readSigningKey(newId(), await generatePem('ES256'))]
  let files = await readKeyFiles(dir)
  if (files.length === 0) {
    await addFirstKeyFile(dir, 'ES256')
    files = await readKeyFiles(dir)
  }
  return files.map(({ key }) => key)
}

/** All keys of a folder, oldest first; none when there is no folder yet. Throws KeyFilesRefused, naming every bad file. */
export async function readKeyFiles(dir: string): Promise<KeyFile[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new KeyFilesRefused([`The key folder ${dir} cannot be read (${error.code}).`])
  })
  if (names.length > 0 && isPosix && (await stat(dir)).mode & WRITABLE_BY_OTHERS) {
    throw new KeyFilesRefused([`Everybody on this machine can put a key into ${dir}: chmod 700 ${dir}.`])
  }
  const problems: string[] = []
  const files: KeyFile[] = []
  const seen = new Set<string>()
  for (const name of names.sort()) {
    const [, kid, alg] = KEY_FILE.exec(name) ?? []
    if (!kid || !isId(kid)) continue
    const path = join(dir, name)
    try {
      if (seen.has(kid)) throw new KeyRefused('has the id of another key file: remove one of them')
      seen.add(kid)
      files.push(await readKeyFile(path, kid, alg))
    } catch (error) {
      if (!(error instanceof KeyRefused)) throw error
      problems.push(`The key ${path} ${error.message}.`)
    }
  }
  if (problems.length > 0) throw new KeyFilesRefused(problems)
  return files
}

async function readKeyFile(path: string, kid: string, alg: string | undefined): Promise<KeyFile> {
  const { mode, mtimeMs } = await stat(path).catch(refuseUnreadable)
  const laxity = whyNotPrivate(path, mode, 'make a new key if it may have been read')
  if (laxity) throw new KeyRefused(laxity)
  const pem = await readFile(path, 'utf8').catch(refuseUnreadable)
  const key = await readSigningKey(kid, pem, alg === 'PS256' ? 'PS256' : 'RS256')
  if (alg && key.alg !== alg)
    throw new KeyRefused(`is not an RSA key, though its name says so: rename it to ${kid}.pem`)
  return { key, madeAt: Math.floor(mtimeMs / 1000), path }
}

function refuseUnreadable(error: NodeJS.ErrnoException): never {
  throw new KeyRefused(`cannot be read (${error.code})`)
}

/** Makes a key and adds it to the folder, 0600 and whole at once: it is written under another name first. Its path. */
export async function addKeyFile(dir: string, alg: Algorithm): Promise<{ kid: string; path: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const made = await makeKey(alg)
  const path = join(dir, made.name)
  const hidden = join(dir, `.${made.name}`)
  await writePrivate(hidden, made.pem)
  await rename(hidden, path)
  return { kid: made.kid, path }
}

/**
 * Makes the first key of a folder that has none. Two processes may try at once: each fills a folder of its own and moves
 * it into place whole, which only one can do, for a folder moves onto an empty or absent one only.
 */
export async function addFirstKeyFile(dir: string, alg: Algorithm): Promise<void> {
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 })
  const filled = await mkdtemp(`${dir}.`)
  try {
    const made = await makeKey(alg)
    await writePrivate(join(filled, made.name), made.pem)
    await rename(filled, dir)
    await chmod(dir, 0o700)
  } catch (error) {
    await rm(filled, { recursive: true, force: true })
    if ((await readKeyFiles(dir)).length > 0) return
    // Not another process, then: the folder is a mount, say, or holds something else. Writing into it may still work.
    await access(dir, constants.W_OK).catch(() => {
      throw error
    })
    await addKeyFile(dir, alg)
  }
}

async function makeKey(alg: Algorithm): Promise<{ kid: string; name: string; pem: string }> {
  const pem = await generatePem(alg)
  // The id comes after the key, so that its time is when the key was ready.
  const kid = newId()
  return { kid, name: alg === 'PS256' ? `${kid}.PS256.pem` : `${kid}.pem`, pem }
}
