import { constants } from 'node:fs'
import { access, chmod, chown, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileValue } from '../lib/file-value.ts'
import { idTime, isId } from '../lib/id-form.ts'
import { newId } from '../lib/ids.ts'
import { isPosix } from '../lib/posix.ts'
import { whyNotPrivate, writePrivate } from '../lib/private-file.ts'
import type { Algorithm } from './algorithms.ts'
import { generateKeyText, KeyRefused, readHmacKey, readSigningKey, type SigningKey } from './signing-key.ts'

// <kid>.pem, <kid>.PS256.pem for an RSA key that signs with PSS, <kid>.hs256. Other names are ignored.
const KEY_FILE = /^([0-9a-f-]{36})\.(pem|PS256\.pem|hs256)$/
const WRITABLE_BY_OTHERS = 0o022
const MOST_BYTES = 64 * 1024

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
  /** By its id, in epoch seconds. */
  madeAt: number
  /** Since when the file is what and where it is: it may have come later than it was made. */
  thereSince: number
  path: string
}

/** What a folder holds: the good keys, oldest first, and a sentence for each file that is none, though its name says so. */
export interface KeyFolder {
  files: KeyFile[]
  problems: string[]
}

/**
 * The keys of a folder, with a first one made if there is none and that is allowed; without a folder a key that is kept in
 * memory only. Throws KeyFilesRefused.
 */
export async function openKeys(
  dir: string | null,
  alg: Algorithm,
  { mayMake = true } = {},
): Promise<SigningKey[]> {
  if (dir === null) return [readKey(await makeKey(alg))]
  let files = await readKeyFiles(dir)
  if (files.length === 0) {
    if (!mayMake) throw new KeyFilesRefused([noKeyYet(dir)])
    await addFirstKeyFile(dir, alg)
    files = await readKeyFiles(dir)
  }
  return files.map(({ key }) => key)
}

/** Said where several nodes must have the same keys, so that none of them makes one by itself. */
export const noKeyYet = (dir: string): string =>
  `There is no key in ${dir}: make one with \`npx latchkey keys generate\`, and give every node the same files.`

/** All keys of a folder, oldest first; none when there is no folder yet. Throws KeyFilesRefused, naming every bad file. */
export async function readKeyFiles(dir: string): Promise<KeyFile[]> {
  const folder = await scanKeyFolder(dir)
  if (!folder) return []
  if (folder.problems.length > 0) throw new KeyFilesRefused(folder.problems)
  return folder.files
}

/** Reads a folder, good files and bad ones; null when it is not there. Throws KeyFilesRefused when it cannot be read at all. */
export async function scanKeyFolder(dir: string): Promise<KeyFolder | null> {
  const named = await listKeyFolder(dir)
  return named && readKeyFolder(dir, named)
}

/** A file that is named as a key is. */
export interface NamedFile {
  name: string
  kid: string
  kind: KeyKind
}

/** The files of a folder that are named as keys are; null when it is not there. Throws KeyFilesRefused. */
export async function listKeyFolder(dir: string): Promise<NamedFile[] | null> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new KeyFilesRefused([`The key folder ${dir} cannot be read (${error.code}).`])
  })
  if (!names) return null
  return names.sort().flatMap((name) => {
    const [, kid, kind] = KEY_FILE.exec(name) ?? []
    return kid && kind && isId(kid) ? [{ name, kid, kind: kind as KeyKind }] : []
  })
}

/** Reads the files that were listed. None is taken from a folder that others can write to, for then none need be ours. */
export async function readKeyFolder(dir: string, named: NamedFile[]): Promise<KeyFolder> {
  if (named.length > 0 && isPosix && (await stat(dir)).mode & WRITABLE_BY_OTHERS) {
    return { files: [], problems: [`Others than its owner can put a key into ${dir}: chmod 700 ${dir}.`] }
  }
  const problems: string[] = []
  const files: KeyFile[] = []
  for (const { name, kid, kind } of named) {
    const path = join(dir, name)
    try {
      if (named.some((other) => other.kid === kid && other.name !== name))
        throw new KeyRefused('has the id of another key file: remove one of them')
      files.push({ ...(await readKeyFile(path, kid, kind)), madeAt: idTime(kid), path })
    } catch (error) {
      // Whatever is wrong with one file must not keep the others from being read.
      problems.push(`The key ${path} ${error instanceof KeyRefused ? error.message : 'cannot be used'}.`)
    }
  }
  return { files, problems }
}

type KeyKind = 'pem' | 'PS256.pem' | 'hs256'

async function readKeyFile(path: string, kid: string, kind: KeyKind) {
  const { mode, ctimeMs, content } = await readFileAndStatus(path)
  const laxity = whyNotPrivate(path, mode, 'make a new key if it may have been read')
  if (laxity) throw new KeyRefused(laxity)
  const text = fileValue(content)
  if (text === null) throw new KeyRefused('is not text')
  return { key: readKey({ kid, kind, text }), thereSince: Math.floor(ctimeMs / 1000) }
}

/** The status is that of the very file that was read, whatever the path leads to by then. */
async function readFileAndStatus(path: string) {
  try {
    // Without waiting: a pipe of that name would keep us for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const status = await file.stat()
    if (!status.isFile()) throw new KeyRefused('is not a file')
    if (status.size > MOST_BYTES) throw new KeyRefused('is too large for a key')
    return { mode: status.mode, ctimeMs: status.ctimeMs, content: await file.readFile() }
  } catch (error) {
    if (error instanceof KeyRefused) throw error
    throw new KeyRefused(`cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function readKey({ kid, kind, text }: { kid: string; kind: KeyKind; text: string }): SigningKey {
  if (kind === 'hs256') return readHmacKey(kid, text)
  if (kind === 'pem') return readSigningKey(kid, text)
  const key = readSigningKey(kid, text, 'PS256')
  if (key.alg !== 'PS256')
    throw new KeyRefused(`is not an RSA key, though its name says so: rename it to ${kid}.pem`)
  return key
}

/** Makes a key and adds it to the folder, 0600 and whole at once: it is written under another name first. Its path. */
export async function addKeyFile(dir: string, alg: Algorithm): Promise<{ kid: string; path: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const made = await makeKey(alg)
  const path = join(dir, made.name)
  const hidden = join(dir, `.${made.name}`)
  await writePrivate(hidden, made.text)
  await giveToOwnerOf(dir, hidden)
  await rename(hidden, path)
  return { kid: made.kid, path }
}

/** What root makes is of no use to a server that runs as somebody else: it belongs to whoever has the folder. */
async function giveToOwnerOf(dir: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dir)
  await chown(path, uid, gid)
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
    await writePrivate(join(filled, made.name), made.text)
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

const KIND_OF: Record<Algorithm, KeyKind> = {
  ES256: 'pem',
  EdDSA: 'pem',
  RS256: 'pem',
  PS256: 'PS256.pem',
  HS256: 'hs256',
}

async function makeKey(alg: Algorithm) {
  const text = await generateKeyText(alg)
  // The id comes after the key, so that its time is when the key was ready.
  const kid = newId()
  const kind = KIND_OF[alg]
  return { kid, kind, name: `${kid}.${kind}`, text }
}
