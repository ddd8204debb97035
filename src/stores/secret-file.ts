import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { SHORTEST_SECRET_BYTES } from '../lib/derive-key.ts'
import { fileValue } from '../lib/file-value.ts'
import { newId } from '../lib/ids.ts'
import { whyNotPrivate, writePrivate } from '../lib/private-file.ts'

const SECRET_BYTES = 32

/** A secret file that must not be used, or cannot be made: the message is a sentence with its path and what to do. */
export class SecretFileRefused extends Error {
  override name = 'SecretFileRefused'
  constructor(path: string, problem: string) {
    super(`The secret ${path} ${problem}.`)
  }
}

/** SECRET, or what DATA_DIR keeps; without that folder a secret that is kept in memory only. */
export async function openSecret({
  secret,
  dataDir,
}: Pick<Config, 'secret' | 'dataDir'>): Promise<Uint8Array> {
  if (secret) return secret
  return dataDir === null ? randomBytes(SECRET_BYTES) : readOrMakeSecret(join(dataDir, 'secret'))
}

/**
 * The secret that a file keeps, made if there is none yet: the bytes of its text, as with SECRET and SECRET_FILE, so that
 * the file can be handed over as one of these. Throws SecretFileRefused.
 */
export async function readOrMakeSecret(path: string): Promise<Uint8Array> {
  const kept = await readSecret(path)
  if (kept) return kept
  await makeSecret(path)
  // Read back: another process may have been first, and then its secret is everybody's.
  const made = await readSecret(path)
  if (made) return made
  throw new SecretFileRefused(path, 'cannot be read (ENOENT)')
}

/** The secret that a file keeps; null when there is none. Throws SecretFileRefused. */
export async function readSecret(path: string): Promise<Uint8Array | null> {
  const file = await readFileAndMode(path)
  if (!file) return null
  const laxity = whyNotPrivate(
    path,
    file.mode,
    'remove it if it may have been read: the next start makes another',
  )
  if (laxity) throw new SecretFileRefused(path, laxity)
  const text = fileValue(file.content)
  const secret = new TextEncoder().encode(text ?? '')
  if (text !== null && secret.length >= SHORTEST_SECRET_BYTES) return secret
  const what = text === null ? 'not text' : secret.length > 0 ? 'too short' : 'empty'
  throw new SecretFileRefused(path, `is ${what}: restore it, or remove it and the next start makes another`)
}

/** Null when there is none. The mode is that of the very file that was read, whatever the path leads to by then. */
async function readFileAndMode(path: string): Promise<{ content: Uint8Array; mode: number } | null> {
  try {
    await using file = await open(path)
    const { mode } = await file.stat()
    return { mode, content: await file.readFile() }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new SecretFileRefused(path, `cannot be read (${code})`)
  }
}

/** Makes the file, whole at once, unless another process makes it first. */
async function makeSecret(path: string): Promise<void> {
  const folder = dirname(path)
  const draft = join(folder, `.secret.${newId()}`)
  const text = randomBytes(SECRET_BYTES).toString('base64url')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    try {
      await writePrivate(draft, text)
      // Unlike a rename, which would replace what another process made and already uses, a link fails if there is a file.
      await link(draft, path).catch((error) => {
        if (isTaken(error)) throw error
        // There are no hard links here. A file half written is refused by who reads it then: never two secrets.
        return writePrivate(path, text)
      })
    } finally {
      await rm(draft, { force: true })
    }
    await syncFolder(folder)
  } catch (error) {
    if (isTaken(error)) return
    throw new SecretFileRefused(path, `cannot be made (${(error as NodeJS.ErrnoException).code})`)
  }
}

const isTaken = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST'

/** The new name is to outlive a power cut. Not everywhere can a folder be synced; then the file itself has been. */
async function syncFolder(path: string): Promise<void> {
  try {
    await using folder = await open(path)
    await folder.sync()
  } catch {}
}
